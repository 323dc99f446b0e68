import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { snoozeAlert } from "#control/alerts/change.ts";

export const POST = writeRoute("alerts.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  snoozeAlert(actor, params.id ?? "", input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
