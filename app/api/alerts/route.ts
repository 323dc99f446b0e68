import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { addAlert } from "#control/alerts/change.ts";
import { readAlerts } from "#control/alerts/list.ts";

export const GET = readRoute("alerts.read", z.strictObject({}), ({ actor, deps }) => readAlerts(actor, deps));

export const POST = writeRoute("alerts.manage", z.looseObject({}), ({ actor, input, deps }) =>
  addAlert(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
