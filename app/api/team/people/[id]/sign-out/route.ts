import { otherMethods } from "#app/_server/other-methods.ts";
import { writeRoute } from "#app/_server/route.ts";
import { signOutEverywhereInput, signOutPerson } from "#control/session/sign-out.ts";

/** Ends every session of a person; with `tokens` their access tokens are revoked, too. */
export const POST = writeRoute("access.manage", signOutEverywhereInput, ({ actor, params, input, deps }) =>
  signOutPerson(actor, params.id ?? "", input, deps),
);
export const { GET, PUT, PATCH, DELETE, OPTIONS } = otherMethods("POST");
