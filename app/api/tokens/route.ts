import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { listAllTokens, listOwnTokens } from "#control/tokens/list.ts";

const query = z.strictObject({ owner: z.enum(["me", "everyone"], "Use me or everyone.").default("me") });

/** Lists the caller's access tokens, or with `access.manage` all tokens. */
export const GET = readRoute("own-access.manage", query, async ({ actor, query: { owner }, deps }) => ({
  tokens: owner === "everyone" ? await listAllTokens(actor, deps) : await listOwnTokens(actor, deps),
}));

export const POST = writeRoute("own-access.manage", z.looseObject({}), ({ actor, input, deps }) =>
  issueAccessToken(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
