import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { revokeInvite } from "#control/team/revoke-invite.ts";

export const DELETE = writeRoute("team.invite", z.strictObject({}), ({ actor, params, deps }) =>
  revokeInvite(actor, params.id ?? "", deps),
);
export const { GET, POST, PUT, PATCH, OPTIONS } = otherMethods("DELETE");
