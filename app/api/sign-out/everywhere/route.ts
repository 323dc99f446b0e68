import { signedOutHeaders } from "#app/_server/end-cookie.ts";
import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { signOutEverywhere, signOutEverywhereInput } from "#control/session/sign-out.ts";

/** Ends every session of the caller, this one included; with `tokens` their access tokens are revoked, too. */
export const POST = writeRoute("own-access.manage", signOutEverywhereInput, async ({ actor, input, deps }) => {
  const ended = await signOutEverywhere(actor, input, deps);
  return Response.json(ended, { headers: signedOutHeaders(deps) });
});
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
