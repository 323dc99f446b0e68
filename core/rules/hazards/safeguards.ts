import { skip } from "../adapt/adaptation.ts";
import { gone } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E23 = defineCode({ code: "E23", words: "safeguards", field: "safeguards", actions: ["skip", "drop"] });
const BETA = "dangerous-tool-use";
const guarded = (context: object) => ({ safeguards: [{ type: "dangerous_tool_use", classifier_context: context }] });

/** Dropped only where the rule says so explicitly: without a safety field, what the person relies on is weaker. */
export const safeguards = defineHazard({
  codes: [E23],
  step: {
    of: "settings",
    run(draft) {
      const { body, can, served, input } = draft;
      if (!body.has("safeguards") || can?.safeguards === true) return null;
      if (input.options?.safeguards !== "drop") {
        return skip(
          "E23",
          `${served} does not take the safeguards of auto and plan mode, and no rule lets them be left out`,
        );
      }
      body.remove("safeguards", "E23", "the rule lets safeguards be left out");
      draft.note(E23, "drop", `safeguards left out, as the rule says: ${served} does not take them`);
      draft.droppedBetas.add(BETA);
      return null;
    },
  },
  inside: null,
  betas: [{ names: [BETA], isUnused: (can) => can.safeguards === false }],
  refusals: [
    {
      at: "safeguards",
      refuse: ({ body, can }) =>
        body.safeguards !== undefined && can.safeguards === false ? "safeguards: Extra inputs are not permitted" : null,
    },
  ],
  examples: () => ({
    E23: [
      {
        what: "safeguards are never weakened: they keep the model",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: guarded({ live_cwd: "/secret" }),
        refusal: /safeguards: Extra inputs/,
        sent: { skip: "E23" },
        edits: ["E23 safeguards skip"],
      },
      {
        what: "unless the rule lets them be left out, in as many words",
        from: "opus-5-5",
        to: "haiku-4-5",
        rule: 'safeguards = "drop"',
        body: guarded({ live_cwd: "/secret" }),
        betas: "dangerous-tool-use-2026-09-03,claude-code-20250219",
        refusal: /safeguards: Extra inputs/,
        sent: { safeguards: gone },
        sentBetas: "claude-code-20250219",
        edits: ["E23 safeguards drop", "E35 anthropic-beta drop"],
      },
      {
        what: "and a rule that lets them be left out keeps them where they are taken",
        from: "opus-5-5",
        to: "haiku-5-5",
        rule: 'safeguards = "drop"',
        body: guarded({}),
        betas: "dangerous-tool-use-2026-09-03",
        refusal: null,
        sent: {},
        edits: [],
      },
    ],
  }),
});
