import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { listPricesHistory, listPriceVersionsInput } from "#control/prices/history.ts";

export const GET = readRoute("prices.read", listPriceVersionsInput, ({ actor, query, deps }) =>
  listPricesHistory(actor, query, deps),
);
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
