import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { disablePerson } from "#control/team/disable.ts";

export const POST = writeRoute(z.object({}), ({ actor, params, deps }) => disablePerson(actor, params.id ?? "", deps));
