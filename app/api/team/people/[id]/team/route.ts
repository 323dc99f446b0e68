import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { changeTeam } from "#control/team/change-team.ts";

export const POST = writeRoute("limits.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeTeam(actor, params.id ?? "", input, deps),
);
