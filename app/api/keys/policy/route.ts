import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";
import { showOwnIssuing } from "#control/keys/issuing-policy.ts";

export const GET = readRoute("own-keys.manage", z.strictObject({}), ({ actor, deps }) => showOwnIssuing(actor, deps));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
