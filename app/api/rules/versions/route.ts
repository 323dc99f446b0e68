import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listVersions, listVersionsInput } from "#control/rules/list-versions.ts";

export const GET = readRoute("rules.read", listVersionsInput, ({ actor, query, deps }) =>
  listVersions(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
