import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { testChannel } from "#control/alerts/channels.ts";

export const POST = writeRoute("alerts.manage", z.strictObject({}), ({ actor, params, deps }) =>
  testChannel(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
