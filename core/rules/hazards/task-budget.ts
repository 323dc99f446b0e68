import { record } from "#core/untyped-json.ts";
import { skip } from "../adapt/adaptation.ts";
import { effort } from "./example.ts";
import { defineCode, defineHazard } from "./hazard.ts";

const E31 = defineCode({
  code: "E31",
  words: "task budget",
  field: "output_config.task_budget",
  actions: ["drop", "skip"],
});
const BETA = "task-budgets";

/** Tokens for a whole task: left out, because the answer stays within `max_tokens` all the same. */
export const taskBudget = defineHazard({
  codes: [E31],
  step: {
    of: "settings",
    run(draft) {
      const { outputConfig, can, served } = draft;
      if (!outputConfig?.has("task_budget") || can?.taskBudget === true) return null;
      if (can === null || can.taskBudget === null)
        return skip("E31", `whether ${served} takes a task budget is not known`);
      outputConfig.remove("task_budget", "E31", `${served} takes no task budget`);
      draft.note(E31, "drop", "task budget left out");
      draft.droppedBetas.add(BETA);
      return null;
    },
  },
  inside: null,
  betas: [{ names: [BETA], isUnused: (can) => can.taskBudget === false }],
  refusals: [
    {
      at: "output_config",
      refuse: ({ body, can }) =>
        record(body.output_config).task_budget !== undefined && can.taskBudget === false
          ? "output_config.task_budget: not supported on this model"
          : null,
    },
  ],
  examples: () => ({
    E31: [
      {
        what: "a task budget is left out, with its beta",
        from: "opus-5-5",
        to: "sonnet-5",
        body: { output_config: { effort: "low", task_budget: { type: "tokens", total: 9 } } },
        betas: "task-budgets-2026-03-13",
        refusal: /task_budget: not supported/,
        sent: effort("low"),
        sentBetas: "",
        edits: ["E31 output_config.task_budget drop", "E35 anthropic-beta drop"],
      },
    ],
  }),
});
