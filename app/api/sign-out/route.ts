import * as z from "zod";
import { signedOutHeaders } from "#app/_server/end-cookie.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { signOut } from "#control/session/sign-out.ts";

/** Ends the session of this browser and removes its cookie; the person's other sessions continue. */
export const POST = writeRoute("signed-in", z.strictObject({}), async ({ actor, deps }) => {
  await signOut(actor, deps);
  return Response.json({}, { headers: signedOutHeaders(deps) });
});
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
