import * as z from "zod";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { listOwnTokens } from "#control/tokens/list.ts";

export const GET = readRoute(z.object({}), async ({ actor, deps }) => ({ tokens: await listOwnTokens(actor, deps) }));

export const POST = writeRoute(z.looseObject({}), ({ actor, input, deps }) => issueAccessToken(actor, input, deps));
