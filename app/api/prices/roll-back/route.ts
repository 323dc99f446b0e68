import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { rollBackPrices } from "#control/prices/change.ts";
import { rollBackPricesInput } from "#control/prices/fields.ts";

export const POST = writeRoute("prices.change", rollBackPricesInput, ({ actor, input, deps }) =>
  rollBackPrices(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
