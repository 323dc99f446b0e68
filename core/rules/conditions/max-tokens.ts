import { rangeCondition } from "./range-kind.ts";

/** Room the request asks for its answer (its own `max_tokens`). A request that names none never meets it. */
export const maxTokens = rangeCondition({
  name: "max_tokens",
  min: ["minMaxTokens", "min_max_tokens"],
  max: ["maxMaxTokens", "max_max_tokens"],
  fact: ["maxTokens", "max_tokens"],
  contradiction: "no request can ask for both.",
  shown: (value) => (value === null ? "the request names no max_tokens" : `max_tokens is ${value}`),
  described: (bound) => `max_tokens is ${bound}`,
  unit: () => "max_tokens",
  form: { kind: "number", label: "Max tokens", placeholder: "none", max: 1_000_000_000 },
  guide: { must: "name a `max_tokens` of this size; a request that names none never matches" },
});
