import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { readAbout } from "#control/settings/about.ts";

export const GET = readRoute("settings.read", z.strictObject({}), ({ actor, deps }) => readAbout(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
