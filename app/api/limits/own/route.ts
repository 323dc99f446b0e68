import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listOwnLimits } from "#control/limits/list.ts";

export const GET = readRoute("own-requests.read", z.strictObject({}), ({ actor, deps }) => listOwnLimits(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
