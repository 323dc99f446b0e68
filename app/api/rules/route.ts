import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { currentRules } from "#control/rules/current.ts";

export const GET = readRoute("rules.read", z.strictObject({}), ({ actor, deps }) => currentRules(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
