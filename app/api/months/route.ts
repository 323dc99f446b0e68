import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { monthParams } from "#control/months/fields.ts";
import { readMonth } from "#control/months/read.ts";

export const GET = readRoute("costs.read", monthParams, ({ actor, query, deps }) => readMonth(actor, query, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
