import { namesCondition } from "./names-kind.ts";

/** Team of the request. */
export const team = namesCondition({
  key: "team",
  completes: "teams",
  subject: "team",
  foldsCase: false,
  values: (facts: { team: string | null }) => [facts.team],
  shown: (facts) => facts.team ?? "unknown",
  facts: (said) => ({ team: said }),
  form: { kind: "label", label: "Team", placeholder: "any" },
  guide: { must: "count for one of them", value: "names or patterns" },
  examples: ['team = "web"'],
});
