import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { isLoopbackHost, type ProxySettings } from "#config/read-env.ts";
import { hashOf } from "./admit.ts";
import type { ProvenReader, Reader } from "./context.ts";
import type { Ledger } from "./drain.ts";

/** With `RECHECK_MS`, the end of a session closes what it holds open within five seconds. */
const SESSION_MS = 2_500;
const CONSOLE_WAIT_MS = 2_000;

/**
 * Who may read statistics. On an address that only this machine can reach, everybody on it; anywhere else an access
 * token or a signed-in session, which the console is asked about.
 */
export class Readers {
  private readonly settings: ProxySettings;
  private readonly ledger: Pick<Ledger, "state" | "areKeysKnown">;
  /** Only this machine can reach the address. */
  readonly isOpen: boolean;
  private readonly sessions = new LRUCache<string, { reader: Promise<ProvenReader | null> }>({
    max: 2_000,
    ttl: SESSION_MS,
  });

  constructor(settings: ProxySettings, ledger: Pick<Ledger, "state" | "areKeysKnown">) {
    this.settings = settings;
    this.ledger = ledger;
    const { publicUrl } = settings;
    this.isOpen = settings.loopback && (publicUrl === null || isLoopbackHost(publicUrl.hostname));
  }

  async readerOf(request: IncomingMessage): Promise<Reader | null> {
    return this.isOpen ? { kind: "open" } : this.callerOf(request);
  }

  /** Who proved who they are. Asked for changes, also on an address where everybody may read. */
  async callerOf(request: IncomingMessage): Promise<ProvenReader | null> {
    const bearer = bearerOf(request);
    if (bearer !== null) return this.tokenHolder(bearer);
    const { cookie } = request.headers;
    return cookie === undefined ? null : this.sessionHolder(cookie);
  }

  private tokenHolder(secret: string): ProvenReader | null {
    if (!this.ledger.areKeysKnown()) return null;
    const hash = hashOf(secret);
    const token = this.ledger.state()?.accessTokens.find((known) => known.tokenHash === hash);
    if (token === undefined || token.expiresAtMs <= Date.now()) return null;
    const { id: tokenId, name: tokenName, personId, role, scopes } = token;
    return { kind: "token", personId, role, tokenId, tokenName, scopes };
  }

  /** Asked once for all that wait: one browser may hold many streams. */
  private sessionHolder(cookie: string): Promise<ProvenReader | null> {
    const key = hashOf(cookie);
    const known = this.sessions.get(key);
    if (known !== undefined) return known.reader;
    const reader = this.askConsole(cookie);
    this.sessions.set(key, { reader });
    return reader;
  }

  private async askConsole(cookie: string): Promise<ProvenReader | null> {
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
