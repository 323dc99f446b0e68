import * as z from "zod";
import { writeRoute } from "#app/_server/route.ts";
import { sessionCookieName } from "#app/_server/session.ts";
import { signOut } from "#control/session/sign-out.ts";

/** Ends every session of the caller and takes the cookie back. */
export const POST = writeRoute(z.object({}), async ({ actor, deps }) => {
  await signOut(actor, deps);
  const name = sessionCookieName(deps);
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  const headers = {
    "cache-control": "no-store",
    "set-cookie": `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${secure}`,
  };
  return Response.json({}, { headers });
});
