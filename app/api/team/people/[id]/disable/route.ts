import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { disablePerson } from "#control/team/disable.ts";

export const POST = writeRoute("team.disable", z.strictObject({}), ({ actor, params, deps }) =>
  disablePerson(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
