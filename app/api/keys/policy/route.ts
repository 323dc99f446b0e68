import * as z from "zod";
import { readRoute } from "#app/_server/route.ts";
import { showOwnIssuing } from "#control/keys/issuing-policy.ts";

export const GET = readRoute("own-keys.manage", z.strictObject({}), ({ actor, deps }) => showOwnIssuing(actor, deps));
