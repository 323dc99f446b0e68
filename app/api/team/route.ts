import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { listTeam } from "#control/team/list.ts";

export const GET = readRoute("team.read", z.strictObject({}), ({ actor, deps }) => listTeam(actor, deps));
