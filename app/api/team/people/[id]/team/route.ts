import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeTeam } from "#control/team/change-team.ts";

export const POST = writeRoute("limits.manage", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeTeam(actor, params.id ?? "", input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
