import { otherMethods } from "#app/_server/other-methods.ts";
import { queryNaming } from "#app/_server/query.ts";
import { readRoute } from "#app/_server/route.ts";
import { readSpenders, spendersInput } from "#control/budgets/spenders.ts";

/** Who and what spent one budget. */
export const GET = readRoute("budgets.read", queryNaming(spendersInput), ({ actor, query, deps }) =>
  readSpenders(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
