import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { renewChannelSecret } from "#control/alerts/channels.ts";

export const POST = writeRoute("alerts.manage", z.strictObject({}), ({ actor, params, deps }) =>
  renewChannelSecret(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
