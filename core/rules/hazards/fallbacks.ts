import { skip } from "../adapt/adaptation.ts";
import { gone } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E26 = defineCode({ code: "E26", words: "fallbacks", field: "fallbacks", actions: ["drop", "skip"] });
const BETA = "server-side-fallback";

/** Models the provider may fall back to: left out, because the answer itself does not depend on them. */
export const fallbacks = defineHazard({
  codes: [E26],
  step: {
    of: "settings",
    run(draft) {
      const { body, can, served } = draft;
      if (!body.has("fallbacks") || can?.fallbacks === true) return null;
      if (can === null || can.fallbacks === null) return skip("E26", `whether ${served} takes fallbacks is not known`);
      body.remove("fallbacks", "E26", `${served} takes no fallbacks`);
      draft.note(E26, "drop", "fallbacks left out");
      draft.droppedBetas.add(BETA);
      return null;
    },
  },
  inside: null,
  betas: [{ names: [BETA], isUnused: (can) => can.fallbacks === false }],
  refusals: [
    {
      at: "fallbacks",
      refuse: ({ body, can }) =>
        body.fallbacks !== undefined && can.fallbacks === false ? "fallbacks: Extra inputs are not permitted" : null,
    },
  ],
  examples: () => ({
    E26: [
      {
        what: "fallbacks are left out",
        from: "opus-5-5",
        to: "haiku-5-5",
        body: { fallbacks: [{ model: "claude-opus-5" }] },
        refusal: /fallbacks: Extra inputs/,
        sent: { fallbacks: gone },
        edits: ["E26 fallbacks drop"],
      },
    ],
  }),
});
