import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { invite } from "#control/team/invite.ts";

export const POST = writeRoute("team.invite", z.looseObject({}), ({ actor, input, deps }) =>
  invite(actor, input, deps),
);
