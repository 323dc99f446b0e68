import { namesCondition } from "./names-kind.ts";

/** Project of the request; a request that names none counts for `default`. */
export const project = namesCondition({
  key: "project",
  completes: "projects",
  subject: "project",
  foldsCase: false,
  values: (facts: { project: string }) => [facts.project],
  shown: (facts) => facts.project,
  facts: (said) => ({ project: said ?? "default" }),
  form: { kind: "label", label: "Project", placeholder: "default" },
  guide: { must: "count for one of them", value: "names or patterns" },
  examples: ['project = "docs"'],
});
