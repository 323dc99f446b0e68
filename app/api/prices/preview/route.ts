import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { previewPricesInput } from "#control/prices/fields.ts";
import { previewPrices } from "#control/prices/preview.ts";

export const POST = writeRoute("prices.read", previewPricesInput, ({ actor, input, deps }) =>
  previewPrices(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
