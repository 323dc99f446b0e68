import type { ControlDeps } from "#control/deps.ts";
import { sessionCookieName } from "./session.ts";

/** Headers of an answer after which this browser has no session cookie any more. */
export function signedOutHeaders(deps: ControlDeps): Record<string, string> {
  const name = sessionCookieName(deps);
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  return {
    "cache-control": "no-store",
    "set-cookie": `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${secure}`,
  };
}
