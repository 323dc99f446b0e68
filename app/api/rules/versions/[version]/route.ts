import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { parseInput } from "#control/input.ts";
import { versionParams } from "#control/rules/fields.ts";
import { showVersion } from "#control/rules/show-version.ts";

export const GET = readRoute("rules.read", z.strictObject({}), ({ actor, params, deps }) =>
  showVersion(actor, parseInput(versionParams, params).version, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
