import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { undoCorrection } from "#control/corrections/correct.ts";
import { undoCorrectionInput } from "#control/corrections/fields.ts";

export const POST = writeRoute("costs.correct", undoCorrectionInput, ({ actor, input, deps }) =>
  undoCorrection(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
