import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { previewInput, previewRules } from "#control/rules/preview.ts";

export const POST = writeRoute("rules.draft", previewInput, ({ actor, input, deps }) =>
  previewRules(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
