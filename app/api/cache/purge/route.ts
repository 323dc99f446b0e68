import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { purgeCache, purgeInput } from "#control/cache/purge.ts";
import { readPurgeChoices } from "#control/cache/purge-choices.ts";

export const GET = readRoute("cache.purge", z.strictObject({}), ({ actor, deps }) => readPurgeChoices(actor, deps));
export const POST = writeRoute("cache.purge", purgeInput, ({ actor, input, deps }) => purgeCache(actor, input, deps));
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
