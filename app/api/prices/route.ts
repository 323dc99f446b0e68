import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { savePrices } from "#control/prices/change.ts";
import { savePricesInput } from "#control/prices/fields.ts";
import { readPrices } from "#control/prices/read.ts";

export const GET = readRoute("prices.read", z.strictObject({}), ({ actor, deps }) => readPrices(actor, deps));
export const POST = writeRoute("prices.change", savePricesInput, ({ actor, input, deps }) =>
  savePrices(actor, input, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
