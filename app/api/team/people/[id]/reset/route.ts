import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { issuePasswordReset } from "#control/team/reset-password.ts";

export const POST = writeRoute("team.invite", z.strictObject({}), ({ actor, params, deps }) =>
  issuePasswordReset(actor, params.id ?? "", deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
