import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { changeKeyAttribution } from "#control/keys/change-attribution.ts";

export const POST = writeRoute("keys.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeKeyAttribution(actor, params.id ?? "", input, deps),
);
