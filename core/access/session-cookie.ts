/** The cookie of a session, as `app/_server/session.ts` names it; a long one comes in numbered parts. */
const SESSION_COOKIE = /^(?:__(?:Secure|Host)-)?cco\.session(?:\.\d+)?=/;

/** The session's part of a Cookie header, without the cookies of others; empty where there is none. */
export const sessionCookieOf = (header: string | undefined): string =>
  (header ?? "")
    .split(";")
    .map((cookie) => cookie.trim())
    .filter((cookie) => SESSION_COOKIE.test(cookie))
    .join("; ");
