import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";

/** Who the caller is; the proxy asks this too, before it lets somebody see statistics. */
export const GET = readRoute("signed-in", z.strictObject({}), async ({ actor }) => ({
  person: { id: actor.id, name: actor.name, email: actor.email },
  role: actor.role,
}));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
