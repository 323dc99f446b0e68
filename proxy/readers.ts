import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { isLoopbackHost, type ProxySettings } from "#config/read-env.ts";
import { hashOf } from "./admit.ts";
import type { Reader } from "./context.ts";
import type { Ledger } from "./drain.ts";

/** Revoking a session or a token is felt within this time. */
const SESSION_MS = 5_000;
const CONSOLE_WAIT_MS = 2_000;

/**
 * Who may read statistics. On an address that only this machine can reach, everybody on it; anywhere else an access
 * token or a signed-in session, which the console is asked about.
 */
export class Readers {
  private readonly settings: ProxySettings;
  private readonly ledger: Pick<Ledger, "state">;
  private readonly isOpen: boolean;
  private readonly sessions = new LRUCache<string, { reader: Reader | null }>({ max: 2_000, ttl: SESSION_MS });

  constructor(settings: ProxySettings, ledger: Pick<Ledger, "state">) {
    this.settings = settings;
    this.ledger = ledger;
    const { publicUrl } = settings;
    this.isOpen = settings.loopback && (publicUrl === null || isLoopbackHost(publicUrl.hostname));
  }

  async readerOf(request: IncomingMessage): Promise<Reader | null> {
    if (this.isOpen) return { kind: "open" };
    const bearer = bearerOf(request);
    if (bearer !== null) return this.tokenHolder(bearer);
    const { cookie } = request.headers;
    return cookie === undefined ? null : this.sessionHolder(cookie);
  }

  private tokenHolder(secret: string): Reader | null {
    const hash = hashOf(secret);
    const token = this.ledger.state()?.accessTokens.find((known) => known.tokenHash === hash);
    if (token === undefined || (token.expiresAtMs !== null && token.expiresAtMs <= Date.now())) return null;
    return { kind: "token", personId: token.personId, role: token.role };
  }

  private async sessionHolder(cookie: string): Promise<Reader | null> {
    const key = hashOf(cookie);
    const known = this.sessions.get(key);
    if (known !== undefined) return known.reader;
    const reader = await this.askConsole(cookie);
    this.sessions.set(key, { reader });
    return reader;
  }

  private async askConsole(cookie: string): Promise<Reader | null> {
    const { consoleUrl, publicUrl } = this.settings;
    if (consoleUrl === null) return null;
    try {
      const answer = await fetch(new URL("/api/session", consoleUrl), {
        headers: { cookie, ...(publicUrl === null ? {} : { "x-forwarded-host": publicUrl.host }) },
        redirect: "manual",
        signal: AbortSignal.timeout(CONSOLE_WAIT_MS),
      });
      const body = answer.ok ? ((await answer.json()) as { person?: { id?: unknown }; role?: unknown }) : {};
      const { person, role } = body;
      if (typeof person?.id !== "string" || typeof role !== "string") return null;
      return { kind: "person", personId: person.id, role };
    } catch {
      return null; // a console that is down lets nobody in
    }
  }
}

function bearerOf({ headers }: IncomingMessage): string | null {
  return /^bearer\s+(\S+)$/i.exec(headers.authorization ?? "")?.[1] ?? null;
}
