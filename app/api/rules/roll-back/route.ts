import { writeRoute } from "#app/_server/route.ts";
import { rollBackInput, rollBackRules } from "#control/rules/roll-back.ts";

export const POST = writeRoute(rollBackInput, ({ actor, input, deps }) => rollBackRules(actor, input, deps));
