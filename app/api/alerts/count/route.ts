import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { countFiring } from "#control/alerts/list.ts";

export const GET = readRoute("alerts.read", z.strictObject({}), ({ actor, deps }) => countFiring(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
