import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeAlert, removeAlert } from "#control/alerts/change.ts";

export const PATCH = writeRoute("alerts.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeAlert(actor, params.id ?? "", input, deps),
);

export const DELETE = writeRoute("alerts.manage", z.strictObject({}), ({ actor, params, deps }) =>
  removeAlert(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, OPTIONS } = otherMethods("PATCH", "DELETE");
