import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { pauseInput, pauseRules } from "#control/rules/pause.ts";

export const POST = writeRoute("rules.pause", pauseInput, ({ actor, input, deps }) => pauseRules(actor, input, deps));
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
