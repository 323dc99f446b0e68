import { writeRoute } from "#app/_server/route.ts";
import { rollBackInput, rollBackRules } from "#control/rules/roll-back.ts";

export const POST = writeRoute("rules.roll-back", rollBackInput, ({ actor, input, deps }) =>
  rollBackRules(actor, input, deps),
);
