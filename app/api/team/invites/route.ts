import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { invite } from "#control/team/invite.ts";

export const POST = writeRoute("team.invite", z.looseObject({}), ({ actor, input, deps }) =>
  invite(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
