import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { tryRequest } from "#control/rules/try-request.ts";

/** Reads only, but takes a whole text along, so it is a POST. */
export const POST = writeRoute("rules.read", z.looseObject({}), ({ actor, input, deps }) =>
  tryRequest(actor, input, deps),
);
