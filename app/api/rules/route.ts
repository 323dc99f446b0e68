import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { currentRules } from "#control/rules/current.ts";

export const GET = readRoute("rules.read", z.strictObject({}), ({ actor, deps }) => currentRules(actor, deps));
