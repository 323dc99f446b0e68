import { readRoute } from "#app/_server/route.ts";
import { listVersions, listVersionsInput } from "#control/rules/list-versions.ts";

export const GET = readRoute("rules.read", listVersionsInput, ({ actor, query, deps }) =>
  listVersions(actor, query, deps),
);
