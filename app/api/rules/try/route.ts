import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { tryRequest } from "#control/rules/try-request.ts";

/** Explains a decision. Reads only, but carries a whole text, so it is a POST. */
export const POST = writeRoute("rules.read", z.looseObject({}), ({ actor, input, deps }) =>
  tryRequest(actor, input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
