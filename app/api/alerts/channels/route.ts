import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { addChannel } from "#control/alerts/channels.ts";

export const POST = writeRoute("alerts.manage", z.looseObject({}), ({ actor, input, deps }) =>
  addChannel(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
