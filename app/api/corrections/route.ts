import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { correctCosts } from "#control/corrections/correct.ts";
import { correctInput } from "#control/corrections/fields.ts";
import { readCorrections } from "#control/corrections/list.ts";

export const GET = readRoute("costs.read", z.strictObject({}), ({ actor, deps }) => readCorrections(actor, deps));
export const POST = writeRoute("costs.correct", correctInput, ({ actor, input, deps }) =>
  correctCosts(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
