import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { parseInput } from "#control/input.ts";
import { compareVersions } from "#control/rules/compare-versions.ts";
import { compareQuery, versionParams } from "#control/rules/fields.ts";

/** Compares the version named by `with` to the one in the address. */
export const GET = readRoute("rules.read", compareQuery, ({ actor, query, params, deps }) =>
  compareVersions(actor, query.with, parseInput(versionParams, params).version, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
