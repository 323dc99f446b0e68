import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listTeam } from "#control/team/list.ts";

export const GET = readRoute("team.read", z.strictObject({}), ({ actor, deps }) => listTeam(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
