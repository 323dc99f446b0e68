import type { ControlDeps } from "#control/deps.ts";
import { sessionCookieName } from "./session.ts";

/** Headers that remove the session cookie from this browser. */
export function signedOutHeaders(deps: ControlDeps): Record<string, string> {
  const name = sessionCookieName(deps);
  const secure = name.startsWith("__Host-") ? "; Secure" : "";
  return {
    "cache-control": "no-store",
    "set-cookie": `${name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict${secure}`,
  };
}
