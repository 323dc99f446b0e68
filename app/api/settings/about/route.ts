import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { readAbout } from "#control/settings/about.ts";

export const GET = readRoute("settings.read", z.strictObject({}), ({ actor, deps }) => readAbout(actor, deps));
