import { skip } from "../adapt/adaptation.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E1 = defineCode({
  code: "E1",
  words: "max_tokens above the model's limit",
  field: "max_tokens",
  // Thinking is switched off under this code where a lower max_tokens leaves no room for its budget.
  actions: ["clamp", "translate", "skip"],
});

/** Lowers `max_tokens` and never raises it: a pre-warm with 0 stays one (E42). */
export const maxTokens = defineHazard({
  codes: [E1],
  step: {
    of: "settings",
    run(draft) {
      const { maxTokens: asked, input, served, body } = draft;
      if (asked === null) return null;
      const most = input.target.maxOutputTokens;
      if (most === null) return skip("E1", `the largest max_tokens of ${served} is not known`);
      if (asked <= most) return null;
      draft.maxTokens = most;
      body.set("max_tokens", most, "E1", `${served} writes ${most} tokens at most`);
      draft.note(E1, "clamp", `max_tokens ${asked} → ${most}`);
      return null;
    },
  },
  inside: null,
  betas: [],
  refusals: [
    {
      at: "max_tokens",
      refuse({ body, model, isCount }) {
        const most = model.maxOutputTokens;
        if (isCount || most === null || Number(body.max_tokens) <= most) return null;
        return `max_tokens: ${body.max_tokens} > ${most}, which is the maximum allowed number of output tokens for ${model.id}`;
      },
    },
  ],
  examples: () => ({
    E1: [
      {
        what: "max_tokens is clamped to what the model writes",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: { max_tokens: 128_000 },
        refusal: /max_tokens: 128000 > 64000/,
        sent: { max_tokens: 64_000 },
        edits: ["E1 max_tokens clamp"],
      },
    ],
  }),
});
