import { yesNoCondition } from "./yes-no-kind.ts";

/** Whether the request offers tools. */
export const tools = yesNoCondition({
  name: "tools",
  field: "hasTools",
  key: "has_tools",
  cost: 0,
  answer: (facts: { hasTools: boolean }) => facts.hasTools,
  facts: (said) => ({ hasTools: said === true }),
  isAssumed: true,
  explained: { missing: "the request has no tools", present: "the request has tools" },
  described: { yes: "it has tools", no: "it has no tools" },
  chips: { yes: "with tools", no: "without tools" },
  form: { kind: "tick", label: "Has tools" },
  guide: { must: "offer tools" },
});
