import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { previewCorrection } from "#control/corrections/correct.ts";
import { previewCorrectionInput } from "#control/corrections/fields.ts";

export const POST = writeRoute("costs.correct", previewCorrectionInput, ({ actor, input, deps }) =>
  previewCorrection(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
