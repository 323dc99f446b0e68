import * as z from "zod";
import { otherMethods } from "#app/_server/other-methods.ts";
import { readRoute } from "#app/_server/route.ts";

/** Caller of the request; the proxy asks this route, too, before it allows reading statistics. */
export const GET = readRoute("signed-in", z.strictObject({}), async ({ actor }) => ({
  person: { id: actor.id, name: actor.name, email: actor.email },
  role: actor.role,
}));
export const { POST, PUT, PATCH, DELETE, OPTIONS } = otherMethods("GET");
