import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { parseBearer } from "#core/access/bearer.ts";
import { toCountedAddress, toSite } from "#core/access/counted-address.ts";
import { pickSessionCookie } from "#core/access/session-cookie.ts";
import type { AppError } from "#core/errors.ts";
import { hashSecret } from "#store/hashes.ts";
import type { SecretTable } from "../keys/known-keys.ts";
import type { CallerTurns } from "../process/proxy-context.ts";
import type { SessionSeal } from "./session-seal.ts";
import { type Line, TurnGate } from "./turn-gate.ts";

/** Requests of one caller that the console handles at once: as many as a browser sends to a host. */
const AT_ONCE_MAX = 6;
/** Time until a request that waits behind others of its caller is refused. */
const WAIT_MS = 30_000;
/**
 * Maximum number of requests that the console handles at once for all callers without a name. Addresses are free to
 * get, turns are not.
 */
const STRANGERS_AT_ONCE_MAX = 6;
/**
 * Time for which the console's word on whose session it is holds. A session can end where the proxy does not see it.
 */
const SESSION_MS = 60_000;
/** Sessions whose person is remembered. A forgotten one counts for its address until the console names it again. */
const SESSIONS_MAX = 10_000;
/** What the name of a caller begins with who is known by the address alone. */
const ADDRESS = "address ";
/** What the name of a check of a session begins with. */
const CHECK = "check of ";
const OWN_LINE: Line = ["", ""];

/**
 * Lets each caller ask the console for few things at once; what comes beyond waits behind the caller's own. The console
 * is one process: without turns, hundreds of requests of one person would keep all others waiting. A caller is a
 * person, known by an access token or a session that the console has named before. The proxy keys of a person are a
 * caller apart from the person: they lie on many machines, and must not keep their person from revoking them. Requests
 * without a known one share the turns of their address, and all such callers together a few, network by network. A
 * cookie alone is no caller, because it can be made up; one under the console's seal cannot. Its session may have
 * ended, so until the console has named it, in the last minute, it has the turns that all such sessions of its person
 * share, beside the person's own.
 */
export class ConsoleTurns implements CallerTurns {
  private readonly callers = new Map<string, TurnGate>();
  private readonly strangers = new TurnGate(STRANGERS_AT_ONCE_MAX, "");
  /** Checks of strangers' sessions: apart from their pages, which take longer. */
  private readonly strangersChecks = new TurnGate(STRANGERS_AT_ONCE_MAX, "");
  /** Person of a session, by the hash of its cookie. */
  private readonly persons = new LRUCache<string, string>({ max: SESSIONS_MAX, ttl: SESSION_MS });
  /** Hashes of sealed cookies whose session the console did not accept. */
  private readonly ended = new LRUCache<string, true>({ max: SESSIONS_MAX });
  private readonly isSecure: boolean;

  constructor(
    private readonly secrets: Pick<SecretTable, "token" | "current">,
    publicUrl: URL | null,
    private readonly waitMs = WAIT_MS,
    /** Null where the console's secret is not known here. */
    private readonly seal: SessionSeal | null = null,
  ) {
    this.isSecure = publicUrl?.protocol === "https:";
  }

  readSession({ headers }: IncomingMessage): string {
    return pickSessionCookie(headers.cookie, this.isSecure);
  }

  learn(session: string, personId: string | null): void {
    const hash = hashSecret(session);
    if (personId !== null) {
      this.persons.set(hash, personId);
      this.ended.delete(hash);
    } else {
      this.persons.delete(hash);
      // Those that are made up must not push out the others.
      if (this.sealedPerson(session) !== null) this.ended.set(hash, true);
    }
  }

  forget(personId: string): void {
    for (const [session, person] of this.persons.entries()) if (person === personId) this.persons.delete(session);
  }

  identifyCaller(request: IncomingMessage, address: string): string {
    const known = this.findKnown(request);
    if (known !== null) return known;
    const sealed = request.headers.authorization === undefined ? this.sealedPerson(this.readSession(request)) : null;
    return sealed === null ? `${ADDRESS}${toCountedAddress(address)}` : `unchecked sessions of person ${sealed}`;
  }

  private sealedPerson(session: string): string | null {
    if (this.seal === null || session === "" || this.ended.has(hashSecret(session))) return null;
    return this.seal.readPerson(session, Date.now());
  }

  isKnown(request: IncomingMessage): boolean {
    return this.findKnown(request) !== null;
  }

  /** A person, the keys of one, or the key of a pipeline; null where none is known. */
  private findKnown(request: IncomingMessage): string | null {
    const hash = hashSecret(parseBearer(request.headers.authorization) ?? this.readSession(request));
    const token = this.secrets.token(hash);
    if (token !== null && isInForce(token)) return `person ${token.personId}`;
    const key = this.secrets.current()?.get(hash);
    if (key !== undefined && isInForce(key))
      return key.personId === null ? `key ${key.id}` : `keys of person ${key.personId}`;
    const personId = this.persons.get(hash);
    return personId === undefined ? null : `person ${personId}`;
  }

  /** Like `take`, for the check of the caller's session. */
  takeForCheck(caller: string, signal: AbortSignal, waitMs?: number): Promise<() => void> {
    return this.take(`${CHECK}${caller}`, signal, waitMs);
  }

  async take(name: string, signal: AbortSignal, waitMs = this.waitMs): Promise<() => void> {
    const untilMs = performance.now() + waitMs;
    const own = this.callers.get(name) ?? new TurnGate(AT_ONCE_MAX, " of yours");
    this.callers.set(name, own);
    const endTurn = await own.take(OWN_LINE, signal, waitMs).finally(() => this.dropIdle(name, own));
    const end = () => {
      endTurn();
      this.dropIdle(name, own);
    };
    const line = strangersLine(name);
    if (line === null) return end;
    try {
      const shared = name.startsWith(CHECK) ? this.strangersChecks : this.strangers;
      const endShared = await shared.take(line, signal, untilMs - performance.now());
      return () => {
        endShared();
        end();
      };
    } catch (problem) {
      end();
      throw problem;
    }
  }

  arriving(name: string, giveUp: (problem: AppError) => void): () => void {
    const ends = [this.callers.get(name)?.arriving(giveUp)];
    if (strangersLine(name) !== null) ends.push(this.strangers.arriving(giveUp));
    return () => {
      for (const end of ends) end?.();
    };
  }

  private dropIdle(name: string, gate: TurnGate): void {
    if (gate.isIdle && this.callers.get(name) === gate) this.callers.delete(name);
  }
}

const isInForce = ({ expiresAtMs }: { expiresAtMs?: number | null }): boolean =>
  (expiresAtMs ?? Number.POSITIVE_INFINITY) > Date.now();

/** The line of a caller who is known by the address alone; null for others. */
function strangersLine(name: string): Line | null {
  const caller = name.startsWith(CHECK) ? name.slice(CHECK.length) : name;
  if (!caller.startsWith(ADDRESS)) return null;
  const place = caller.slice(ADDRESS.length);
  return [toSite(place), place];
}
