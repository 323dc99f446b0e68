import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import type { ProxySettings } from "#config/read-env.ts";
import { ensureSessionSecret } from "#config/session-secret.ts";
import { parseBearer } from "#core/access/bearer.ts";
import { ACCESS_TOKEN_PREFIX } from "#core/access/own-secrets.ts";
import { AppError } from "#core/errors.ts";
import { hashSecret } from "#store/hashes.ts";
import type { SecretTable } from "../keys/known-keys.ts";
import type { ProvenReader, Reader } from "../process/proxy-context.ts";
import { callerAddress } from "./caller-origin.ts";
import { ConsoleTurns } from "./console-turns.ts";
import { findFrontProxy } from "./front-proxy.ts";
import { SessionSeal } from "./session-seal.ts";

/** Lifetime of a cached session. With `RECHECK_MS`, the end of a session closes what it holds open within five seconds. */
const SESSION_MS = 2_500;
const CONSOLE_WAIT_MS = 2_000;
/** Time a check may wait for its turn: after a restart all readers of an address come at once. */
const TURN_WAIT_MS = 10_000;
const UNCHECKED = "CCO cannot check right now who you are. Try again in a moment.";

/**
 * Decides who may read statistics. On an address that only this machine can reach, every caller; elsewhere an access
 * token or a signed-in session, which is checked with the console.
 */
export class Readers {
  private readonly settings: ProxySettings;
  private readonly secrets: Pick<SecretTable, "token" | "current" | "find">;
  /** Only this machine can reach the address and the names it is served under. */
  private readonly isOpen: boolean;
  /** Turns of all that asks the console, this check of sessions included. */
  readonly turns: ConsoleTurns;
  private readonly sessions = new LRUCache<string, { reader: Promise<ProvenReader | null> }>({
    max: 2_000,
    ttl: SESSION_MS,
  });

  constructor(settings: ProxySettings, secrets: Pick<SecretTable, "token" | "current" | "find">) {
    this.settings = settings;
    this.secrets = secrets;
    const { publicUrl } = settings;
    this.turns = new ConsoleTurns(secrets, publicUrl, undefined, buildSeal(settings));
    this.isOpen = settings.isOwnMachineOnly;
  }

  async findReader(request: IncomingMessage): Promise<Reader | null> {
    return this.isOpenTo(request) ? { kind: "open" } : this.findCaller(request);
  }

  /** Whether the caller of the request is on this machine for sure. */
  isOpenTo(request: IncomingMessage): boolean {
    return this.isOpen && findFrontProxy(request) === null;
  }

  /** Who proved who they are. Asked for changes, also on an address where everybody may read. */
  async findCaller(request: IncomingMessage): Promise<ProvenReader | null> {
    const bearer = parseBearer(request.headers.authorization);
    if (bearer !== null) return this.tokenHolder(bearer);
    const cookie = this.turns.readSession(request);
    return cookie === "" ? null : this.sessionHolder(cookie, request);
  }

  /** A token that is unknown here may be new: the database is asked before it is refused. */
  private async tokenHolder(secret: string): Promise<ProvenReader | null> {
    const hash = hashSecret(secret);
    if (secret.startsWith(ACCESS_TOKEN_PREFIX) && this.secrets.token(hash) === null) await this.secrets.find(hash);
    const token = this.secrets.token(hash);
    if (token === null || token.expiresAtMs <= Date.now()) return null;
    const { id: tokenId, name: tokenName, personId, role, scopes } = token;
    return { kind: "token", personId, role, tokenId, tokenName, scopes };
  }

  /** Single flight: one check for all streams of a browser that wait for it. */
  private sessionHolder(cookie: string, request: IncomingMessage): Promise<ProvenReader | null> {
    const key = hashSecret(cookie);
    const known = this.sessions.get(key);
    if (known !== undefined) return known.reader;
    const reader = this.askConsole(cookie, request);
    this.sessions.set(key, { reader });
    // Not known is no verdict: the next request asks again.
    reader.catch(() => this.sessions.delete(key));
    return reader;
  }

  /**
   * Asks the console who the caller is. Throws `busy` where the console does not say. A signed-in person is refused by
   * the console's 401 or 403 only. They are never refused because it is late, fails or breaks off in the middle of its
   * answer.
   */
  private async askConsole(cookie: string, request: IncomingMessage): Promise<ProvenReader | null> {
    const { consoleUrl } = this.settings;
    if (consoleUrl === null) return null;
    const answer = await this.askInTurn(cookie, consoleUrl, request).catch(() => null);
    if (answer?.status === 401 || answer?.status === 403) {
      this.turns.learn(cookie, null);
      return null;
    }
    const said: unknown = answer?.ok ? await answer.json().catch(() => null) : null;
    const { person, role } = (said ?? {}) as { person?: { id?: unknown }; role?: unknown };
    if (typeof person?.id !== "string" || typeof role !== "string") throw new AppError("busy", {}, UNCHECKED);
    this.turns.learn(cookie, person.id);
    return { kind: "person", personId: person.id, role };
  }

  /** Checks wait behind other checks of their caller only: pages that take long must not end the streams beside them. */
  private async askInTurn(cookie: string, consoleUrl: URL, request: IncomingMessage): Promise<Response> {
    const { publicUrl, trustedProxies } = this.settings;
    const caller = this.turns.identifyCaller(request, callerAddress(request, trustedProxies));
    const endTurn = await this.turns.takeForCheck(caller, AbortSignal.timeout(TURN_WAIT_MS));
    return fetch(new URL("/api/session", consoleUrl), {
      headers: { cookie, ...(publicUrl === null ? {} : { "x-forwarded-host": publicUrl.host }) },
      redirect: "manual",
      signal: AbortSignal.timeout(CONSOLE_WAIT_MS),
    }).finally(endTurn);
  }
}

/** Null where the secret cannot be read: then callers are known by what the console says alone. */
function buildSeal({ installationSecret, dataDir, consoleUrl }: ProxySettings): SessionSeal | null {
  if (consoleUrl === null) return null;
  try {
    return new SessionSeal(installationSecret ?? ensureSessionSecret(dataDir));
  } catch {
    return null;
  }
}
