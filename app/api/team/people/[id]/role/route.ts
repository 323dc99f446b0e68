import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { changeRole } from "#control/team/change-role.ts";

export const POST = writeRoute("team.change-role", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeRole(actor, params.id ?? "", input, deps),
);
