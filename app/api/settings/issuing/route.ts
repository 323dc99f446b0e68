import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute, writeRoute } from "#app/_server/route.ts";
import { changeIssuingPolicy, showIssuingPolicy } from "#control/keys/issuing-policy.ts";

export const GET = readRoute("settings.read", z.strictObject({}), ({ actor, deps }) => showIssuingPolicy(actor, deps));

export const PUT = writeRoute("settings.change", z.looseObject({}), ({ actor, input, deps }) =>
  changeIssuingPolicy(actor, input, deps),
);
export const { POST, PATCH, DELETE, OPTIONS } = otherMethods("GET", "PUT");
