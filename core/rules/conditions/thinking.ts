import { yesNoCondition } from "./yes-no-kind.ts";

/** Whether the request asks for thinking. */
export const thinking = yesNoCondition({
  name: "thinking",
  field: "hasThinking",
  key: "has_thinking",
  cost: 0,
  answer: (facts: { hasThinking: boolean }) => facts.hasThinking,
  facts: (said) => ({ hasThinking: said === true }),
  isAssumed: true,
  explained: { missing: "the request does not think", present: "the request thinks" },
  described: { yes: "it thinks", no: "it does not think" },
  chips: { yes: "thinking", no: "not thinking" },
  form: { kind: "tick", label: "Thinks" },
  guide: { must: "ask for thinking" },
});
