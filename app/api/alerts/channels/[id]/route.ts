import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { dropChannel } from "#control/alerts/channels.ts";

export const DELETE = writeRoute("alerts.manage", z.strictObject({}), ({ actor, params, deps }) =>
  dropChannel(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods("DELETE");
