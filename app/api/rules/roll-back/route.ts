import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { rollBackInput, rollBackRules } from "#control/rules/roll-back.ts";

export const POST = writeRoute("rules.roll-back", rollBackInput, ({ actor, input, deps }) =>
  rollBackRules(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
