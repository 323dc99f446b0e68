import { writeRoute } from "#app/_server/route.ts";
import { previewInput, previewRules } from "#control/rules/preview.ts";

export const POST = writeRoute("rules.draft", previewInput, ({ actor, input, deps }) =>
  previewRules(actor, input, deps),
);
