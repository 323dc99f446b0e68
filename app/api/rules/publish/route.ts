import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { publishInput, publishRules } from "#control/rules/publish.ts";

export const POST = writeRoute("rules.publish", publishInput, ({ actor, input, deps }) =>
  publishRules(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
