import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { parseInput } from "#control/input.ts";
import { showPriceVersion } from "#control/prices/history.ts";
import { versionParams } from "#control/rules/fields.ts";

export const GET = readRoute("prices.read", z.strictObject({}), ({ actor, params, deps }) =>
  showPriceVersion(actor, parseInput(versionParams, params).version, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
