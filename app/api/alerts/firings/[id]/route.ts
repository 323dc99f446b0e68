import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { acknowledgeAlert } from "#control/alerts/change.ts";

/** Acknowledges a firing. */
export const POST = writeRoute("alerts.manage", z.strictObject({}), ({ actor, params, deps }) =>
  acknowledgeAlert(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
