import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { listKeys } from "#control/keys/list.ts";

export const GET = readRoute(
  "own-keys.manage",
  z.strictObject({ scope: z.enum(["own", "all"]).default("own") }),
  async ({ actor, query, deps }) => ({
    keys: await listKeys(actor, query.scope, deps),
  }),
);

export const POST = writeRoute("own-keys.manage", z.looseObject({}), ({ actor, input, deps }) =>
  issueProxyKey(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
