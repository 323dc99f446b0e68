import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { changeRole } from "#control/team/change-role.ts";

export const POST = writeRoute("team.change-role", z.looseObject({}), ({ actor, params, input, deps }) =>
  changeRole(actor, params.id ?? "", input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
