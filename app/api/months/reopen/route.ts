import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { reopenMonth } from "#control/months/close.ts";
import { reopenMonthInput } from "#control/months/fields.ts";

export const POST = writeRoute("costs.close", reopenMonthInput, ({ actor, input, deps }) =>
  reopenMonth(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
