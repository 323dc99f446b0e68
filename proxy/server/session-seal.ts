import { createDecipheriv, hkdfSync } from "node:crypto";
import { type Json, record } from "#core/untyped-json.ts";

/** As the library of the console's sign-in derives it. */
const KEY_PURPOSE = "NextAuth.js Generated Encryption Key";
const HEADER = { alg: "dir", enc: "A256GCM" };
/** What the console lets clocks differ by. */
const CLOCK_SLACK_MS = 15_000;
/** Far more than a cookie of ours has: opening a longer one would only cost time. */
const COOKIE_MAX = 4_096;

/**
 * Opens the seal of session cookies without asking the console: only the console can make one that opens. What it says
 * was true when the person signed in; whether the session still holds, only the console knows.
 */
export class SessionSeal {
  private readonly key: Uint8Array;

  constructor(secret: string) {
    this.key = new Uint8Array(hkdfSync("sha256", secret, "", KEY_PURPOSE, 32));
  }

  /**
   * Finds the person that a session cookie (`name=value`) was made for. Null for a cookie that was not made here, or
   * has expired.
   */
  readPerson(cookie: string, nowMs: number): string | null {
    if (cookie.length > COOKIE_MAX) return null;
    const [header = "", none, iv = "", sealed = "", tag = "", ...more] = cookie
      .slice(cookie.indexOf("=") + 1)
      .split(".");
    if (none !== "" || more.length > 0) return null;
    try {
      const { alg, enc, ...rest } = record(JSON.parse(decodeBytes(header).toString("utf8")));
      if (alg !== HEADER.alg || enc !== HEADER.enc || Object.keys(rest).length > 0) return null;
      const opening = createDecipheriv("aes-256-gcm", this.key, decodeBytes(iv), { authTagLength: 16 });
      opening.setAuthTag(decodeBytes(tag)).setAAD(Buffer.from(header, "ascii"));
      const opened = Buffer.concat([opening.update(decodeBytes(sealed)), opening.final()]).toString("utf8");
      return personIn(record(JSON.parse(opened)), nowMs);
    } catch {
      return null;
    }
  }
}

/** As the console reads its claims; `exp` is in seconds. */
function personIn({ sub, sessionId, sessionVersion, exp }: Json, nowMs: number): string | null {
  if (typeof sessionId !== "string" || typeof sessionVersion !== "number") return null;
  if (typeof exp !== "number" || exp * 1_000 + CLOCK_SLACK_MS <= nowMs) return null;
  return typeof sub === "string" && sub !== "" ? sub : null;
}

/** Throws for another spelling of the same bytes: one session must not look like many. */
function decodeBytes(text: string): Buffer {
  const bytes = Buffer.from(text, "base64url");
  if (bytes.toString("base64url") !== text) throw new Error("not base64url as it is written");
  return bytes;
}
