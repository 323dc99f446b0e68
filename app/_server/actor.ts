import type { ControlDeps } from "#control/deps.ts";
import { checkSession, type PersonActor } from "#control/session/check-session.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
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
  cookie: (name: string) => string | undefined,
  deps: ControlDeps,
): Promise<Caller> {
  const address = addressOf(headers);
  const bearer = bearerOf(headers);
  if (bearer !== undefined) return { actor: await checkAccessToken(bearer, address, deps), by: "token" };
  const claim = await readSessionClaim(cookie(sessionCookieName(deps)), deps);
  if (!claim) return { actor: null, by: "nothing" };
  return { actor: await checkSession(claim, { via: "console", address }, deps), by: "cookie" };
}

/** The secret of a Bearer credential. */
export const bearerOf = (headers: Headers): string | undefined =>
  /^Bearer\s+(\S+)$/i.exec(headers.get("authorization") ?? "")?.[1];
