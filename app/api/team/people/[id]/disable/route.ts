import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { disablePerson } from "#control/team/disable.ts";

export const POST = writeRoute("team.disable", z.strictObject({}), ({ actor, params, deps }) =>
  disablePerson(actor, params.id ?? "", deps),
);
