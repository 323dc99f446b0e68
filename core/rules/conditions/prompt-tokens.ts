import { formatCounted, pluralize } from "#core/report/plural.ts";
import { rangeCondition } from "./range-kind.ts";

/** Size of the prompt, about. */
export const promptTokens = rangeCondition({
  name: "prompt tokens",
  min: ["minPromptTokens", "min_prompt_tokens"],
  max: ["maxPromptTokens", "max_prompt_tokens"],
  fact: ["promptTokens", "prompt_tokens"],
  contradiction: "no prompt can be both.",
  shown: (value) => `the prompt is ${value === null ? "of unknown size" : `about ${formatCounted(value, "token")}`}`,
  described: (bound, value) => `the prompt has ${bound} ${pluralize(value, "token")}`,
  unit: (value) => pluralize(value, "token"),
  form: { kind: "number", label: "Prompt tokens", placeholder: "unknown", max: 100_000_000 },
  guide: { must: "have a prompt of this size, about" },
});
