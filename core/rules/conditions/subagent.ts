import { yesNoCondition } from "./yes-no-kind.ts";

interface AgentFacts {
  /** Null on the main thread of a session. */
  agentId: string | null;
}

/** Whether the request comes from a sub-agent. */
export const subagent = yesNoCondition({
  name: "subagent",
  field: "subagent",
  key: "subagent",
  cost: 0,
  answer: (facts: AgentFacts) => facts.agentId !== null,
  facts: (said) => ({ agentId: said === true ? "agent" : null }),
  isAssumed: true,
  explained: { missing: "this is not a sub-agent", present: "this is a sub-agent" },
  described: { yes: "it is a sub-agent", no: "it is not a sub-agent" },
  chips: { yes: "sub-agents", no: "main thread" },
  form: { kind: "origin", label: "sub-agent" },
  guide: { must: "come from a sub-agent (`true`) or the main thread (`false`)" },
});
