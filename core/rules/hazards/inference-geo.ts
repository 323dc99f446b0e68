import { skip } from "../adapt/adaptation.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E25 = defineCode({
  code: "E25",
  words: "data residency (inference_geo)",
  field: "inference_geo",
  actions: ["skip"],
});

/** A promise about where data is processed is never dropped. */
export const inferenceGeo = defineHazard({
  codes: [E25],
  step: {
    of: "settings",
    run({ body, input, served }) {
      if (!body.has("inference_geo") || input.target.inferenceGeoUsMilli !== null) return null;
      return skip("E25", `${served} cannot promise where data is processed (inference_geo)`);
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "field",
      refuse: ({ body, model }) =>
        body.inference_geo !== undefined && model.inferenceGeoUsMilli === null
          ? "inference_geo: not supported on this model"
          : null,
    },
  ],
  examples: () => ({
    E25: [
      {
        what: "a promise of residency keeps the model",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: { inference_geo: "us" },
        refusal: /inference_geo: not supported/,
        sent: { skip: "E25" },
        edits: ["E25 inference_geo skip"],
      },
    ],
  }),
});
