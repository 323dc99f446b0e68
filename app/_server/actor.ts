import type { ControlDeps } from "#control/deps.ts";
import { checkSession, type PersonActor } from "#control/session/check-session.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { parseBearer } from "#core/access/bearer.ts";
import { readCookie } from "#core/access/session-cookie.ts";
import { readAddress } from "./origin.ts";
import { readSessionClaim, sessionCookieName } from "./session.ts";

interface Caller {
  actor: PersonActor | null;
  /** Means of authentication; a cookie can be sent by a cross-site request. */
  by: "cookie" | "token" | "nothing";
}

/**
 * Caller of a request. It is the person of an access token if one is sent, else of the session cookie. An invalid token
 * is no caller.
 */
export async function readCaller(
  headers: Headers,
  deps: ControlDeps,
  cookie = (name: string) => readCookie(headers.get("cookie"), name),
): Promise<Caller> {
  const address = readAddress(headers);
  const bearer = parseBearer(headers.get("authorization"));
  if (bearer !== null) return { actor: await checkAccessToken(bearer, address, deps), by: "token" };
  const claim = await readSessionClaim(cookie(sessionCookieName(deps)), deps);
  if (!claim) return { actor: null, by: "nothing" };
  return { actor: await checkSession(claim, { via: "console", address }, deps), by: "cookie" };
}
