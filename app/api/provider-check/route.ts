import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { providerCheck, startProviderCheck } from "#control/setup/provider-check.ts";

export const GET = readRoute("settings.read", z.strictObject({}), ({ actor, deps }) => providerCheck(actor, deps));
export const POST = writeRoute("settings.change", z.strictObject({}), ({ actor, deps }) =>
  startProviderCheck(actor, deps),
);
export const { PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET", "POST");
