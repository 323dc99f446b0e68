import type { ControlDeps } from "#control/deps.ts";
import { checkSession, type PersonActor } from "#control/session/check-session.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { bearerOf } from "#core/access/bearer.ts";
import { readCookie } from "#core/access/session-cookie.ts";
import { addressOf } from "./origin.ts";
import { readSessionClaim, sessionCookieName } from "./session.ts";

export interface Caller {
  actor: PersonActor | null;
  /** Means of authentication; a cookie can be sent by a cross-site request. */
  by: "cookie" | "token" | "nothing";
}

/** Caller of a request: the person of an access token if one is sent (an invalid one is no caller), else of the session cookie. */
export async function callerOf(
  headers: Headers,
  deps: ControlDeps,
  cookie = (name: string) => readCookie(headers.get("cookie"), name),
): Promise<Caller> {
  const address = addressOf(headers);
  const bearer = bearerOf(headers.get("authorization"));
  if (bearer !== null) return { actor: await checkAccessToken(bearer, address, deps), by: "token" };
  const claim = await readSessionClaim(cookie(sessionCookieName(deps)), deps);
  if (!claim) return { actor: null, by: "nothing" };
  return { actor: await checkSession(claim, { via: "console", address }, deps), by: "cookie" };
}
