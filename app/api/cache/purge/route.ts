import * as z from "zod";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { purgeCache, purgeInput } from "#control/cache/purge.ts";
import { readPurgeChoices } from "#control/cache/purge-choices.ts";

export const GET = readRoute("cache.purge", z.strictObject({}), ({ actor, deps }) => readPurgeChoices(actor, deps));
export const POST = writeRoute("cache.purge", purgeInput, ({ actor, input, deps }) => purgeCache(actor, input, deps));
