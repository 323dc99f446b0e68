import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeKeyAttribution } from "#control/keys/change-attribution.ts";

export const POST = writeRoute("keys.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeKeyAttribution(actor, params.id ?? "", input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
