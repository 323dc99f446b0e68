/** The session's cookie. Where the console is reached by https it is bound to the host, and another name is not looked at. */
export const sessionCookieName = (isSecure: boolean): string => (isSecure ? "__Host-cco.session" : "cco.session");

/** Value of a cookie in a Cookie header, decoded; the first of that name, as browsers send it. */
export function readCookie(header: string | null | undefined, name: string): string | undefined {
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return decodedOrSame(part.slice(at + 1).trim());
  }
  return undefined;
}

/**
 * The session's cookie alone, in one spelling. Cookies that the console does not look at, and other spellings of the
 * same value, must not make one session look like many. Empty where there is none.
 */
export function pickSessionCookie(header: string | undefined, isSecure: boolean): string {
  const name = sessionCookieName(isSecure);
  const value = readCookie(header, name);
  return value === undefined || value === "" ? "" : `${name}=${encodeURIComponent(value)}`;
}

/**
 * Header that names the person of a request's session to the proxy in front of the console. The console sends it, and
 * the proxy removes it.
 */
export const PERSON_HEADER = "x-cco-person";

/** Invalid percent-encoding is taken literally, and refused like any wrong value. */
function decodedOrSame(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
