import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listOwnLimits } from "#control/limits/list.ts";

export const GET = readRoute("own-requests.read", z.strictObject({}), ({ actor, deps }) => listOwnLimits(actor, deps));
