import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { closeMonth } from "#control/months/close.ts";
import { closeMonthInput } from "#control/months/fields.ts";

export const POST = writeRoute("costs.close", closeMonthInput, ({ actor, input, deps }) =>
  closeMonth(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
