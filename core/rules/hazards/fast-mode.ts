import { type AdaptInput, skip } from "../adapt/adaptation.ts";
import { gone } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E24 = defineCode({ code: "E24", words: "fast mode", field: "speed", actions: ["drop", "skip"] });
const BETA = "fast-mode";
const fast = { body: { speed: "fast" }, betas: "fast-mode-2026-02-01", refusal: /fast mode is not supported/ };

/** The response comes at normal speed instead, unless the rule prefers to keep the model. */
export const fastMode = defineHazard({
  codes: [E24],
  step: {
    of: "settings",
    run(draft) {
      const { body, input, served } = draft;
      if (body.text("speed") !== "fast" || hasFastMode(input)) return null;
      if (input.options?.fastMode === "skip")
        return skip("E24", `${served} has no fast mode, and the rule asks to keep it`);
      body.remove("speed", "E24", `${served} has no fast mode`);
      draft.note(E24, "drop", "fast mode left out");
      draft.droppedBetas.add(BETA);
      return null;
    },
  },
  inside: null,
  betas: [{ names: [BETA], isUnused: (_, input) => !hasFastMode(input) && !input.index.fields.has("speed") }],
  refusals: [
    {
      at: "field",
      refuse: ({ body, model }) =>
        body.speed === "fast" && model.fastMode === null && model.fastModeUnsupported !== "ignored"
          ? "speed: fast mode is not supported on this model"
          : null,
    },
  ],
  examples: () => ({
    E24: [
      {
        what: "or keeps the model where the rule says so",
        from: "opus-5-5",
        to: "sonnet-5-5",
        rule: 'fast_mode = "skip"',
        ...fast,
        sent: { skip: "E24" },
        edits: ["E24 speed skip"],
      },
      {
        what: "fast mode is left out, with its beta",
        from: "opus-5-5",
        to: "sonnet-5-5",
        ...fast,
        sent: { speed: gone },
        sentBetas: "",
        edits: ["E24 speed drop", "E35 anthropic-beta drop"],
      },
    ],
  }),
});

/** Whether the served model has a fast mode on the day of the request. */
function hasFastMode({ target: { fastMode }, today, catalogue }: AdaptInput): boolean {
  if (fastMode === null) return false;
  return fastMode.effectiveUntil === null || (today ?? catalogue.asOf) < fastMode.effectiveUntil;
}
