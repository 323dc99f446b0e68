import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { changeSettings } from "#control/settings/change.ts";
import { readSettings } from "#control/settings/read.ts";

export const GET = readRoute("settings.read", z.strictObject({}), ({ actor, deps }) => readSettings(actor, deps));

export const PATCH = writeRoute("settings.change", z.looseObject({}), ({ actor, input, deps }) =>
  changeSettings(actor, input, deps),
);
export const { POST, PUT, DELETE, OPTIONS } = otherMethods("GET", "PATCH");
