import type { IncomingMessage } from "node:http";
import { LRUCache } from "lru-cache";
import { addressPlace } from "#core/access/address-place.ts";
import { bearerOf } from "#core/access/bearer.ts";
import { sessionCookieOf } from "#core/access/session-cookie.ts";
import { AppError } from "#core/errors.ts";
import { type Linked, LinkedList } from "#core/linked-list.ts";
import { hashSecret } from "#store/hashes.ts";
import type { SecretTable } from "../keys/known-keys.ts";
import type { CallerTurns } from "../process/proxy-context.ts";

/** Requests of one caller that the console handles at once: as many as a browser sends to a host. */
const AT_ONCE_MAX = 6;
/** Time until a request that waits behind others of its caller is refused. */
const WAIT_MS = 30_000;
/** Time for which a request that is still arriving keeps its turn from others of its caller that wait. */
const ARRIVING_MS = 500;
/** Time for which the console's word on whose session it is holds: a session can end where the proxy does not see it. */
const SESSION_MS = 60_000;
/** Sessions whose person is remembered. A forgotten one counts for its address until the console names it again. */
const SESSIONS_MAX = 10_000;

interface Caller {
  inFlight: number;
  readonly waiting: LinkedList<Waiting>;
  /** Requests that have a turn while their body arrives, the one that began first in front. */
  readonly arriving: LinkedList<Arriving>;
}

interface Arriving extends Linked<Arriving> {
  readonly sinceMs: number;
  readonly giveUp: (problem: AppError) => void;
}

interface Waiting extends Linked<Waiting> {
  begin: () => void;
}

/**
 * Lets each caller ask the console for few things at once; what comes beyond waits behind the caller's own. The console
 * is one process: without turns, hundreds of requests of one person would keep all others waiting. A caller is a
 * person, known by an access token, a proxy key, or a session that the console has named before; requests without a known one
 * share the turns of their address. A cookie alone is no caller, because it can be made up.
 */
export class ConsoleTurns implements CallerTurns {
  private readonly callers = new Map<string, Caller>();
  /** Person of a session, by the hash of its cookie. */
  private readonly persons = new LRUCache<string, string>({ max: SESSIONS_MAX, ttl: SESSION_MS });
  private readonly isSecure: boolean;

  constructor(
    private readonly secrets: Pick<SecretTable, "token" | "current">,
    publicUrl: URL | null,
    private readonly waitMs = WAIT_MS,
  ) {
    this.isSecure = publicUrl?.protocol === "https:";
  }

  sessionOf({ headers }: IncomingMessage): string {
    return sessionCookieOf(headers.cookie, this.isSecure);
  }

  learn(session: string, personId: string | null): void {
    if (personId === null) this.persons.delete(hashSecret(session));
    else this.persons.set(hashSecret(session), personId);
  }

  forget(personId: string): void {
    for (const [session, person] of this.persons.entries()) if (person === personId) this.persons.delete(session);
  }

  callerOf(request: IncomingMessage, address: string): string {
    return this.findKnown(request) ?? `address ${addressPlace(address)}`;
  }

  isKnown(request: IncomingMessage): boolean {
    return this.findKnown(request) !== null;
  }

  /** A person, or the key of a pipeline; null where neither is known. */
  private findKnown(request: IncomingMessage): string | null {
    const hash = hashSecret(bearerOf(request.headers.authorization) ?? this.sessionOf(request));
    const holder = this.secrets.token(hash) ?? this.secrets.current()?.get(hash);
    if (holder !== undefined && (holder.expiresAtMs ?? Number.POSITIVE_INFINITY) > Date.now())
      return holder.personId === null ? `key ${holder.id}` : `person ${holder.personId}`;
    const personId = this.persons.get(hash);
    return personId === undefined ? null : `person ${personId}`;
  }

  async take(name: string, signal: AbortSignal, waitMs = this.waitMs): Promise<() => void> {
    signal.throwIfAborted();
    const caller = this.callers.get(name) ?? {
      inFlight: 0,
      waiting: new LinkedList<Waiting>(),
      arriving: new LinkedList<Arriving>(),
    };
    this.callers.set(name, caller);
    if (caller.inFlight >= AT_ONCE_MAX) await this.waitIn(caller, signal, waitMs);
    else caller.inFlight += 1;
    let isOver = false;
    return () => {
      if (!isOver) this.end(name, caller);
      isOver = true;
    };
  }

  arriving(name: string, giveUp: (problem: AppError) => void): () => void {
    const list = this.callers.get(name)?.arriving;
    const entry: Arriving = { before: null, after: null, sinceMs: performance.now(), giveUp };
    list?.add(entry);
    return () => list?.remove(entry);
  }

  /** The turn of the one that ended passes on, so `inFlight` stays. */
  private waitIn({ waiting, arriving }: Caller, signal: AbortSignal, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        waiting.remove(entry);
        clearTimeout(timer);
        clearInterval(urging);
        signal.removeEventListener("abort", onAbort);
      };
      const onAbort = () => {
        stop();
        reject(signal.reason);
      };
      const entry: Waiting = {
        before: null,
        after: null,
        begin: () => {
          stop();
          resolve();
        },
      };
      const timer = setTimeout(() => {
        stop();
        reject(
          new AppError("busy", {}, "Too many requests of yours are waiting for the console. Try again in a moment."),
        );
      }, waitMs);
      timer.unref();
      const urging = setInterval(() => giveUpOldest(arriving), ARRIVING_MS);
      urging.unref();
      signal.addEventListener("abort", onAbort);
      waiting.add(entry);
    });
  }

  private end(name: string, caller: Caller): void {
    const next = caller.waiting.oldest;
    if (next !== null) {
      next.begin();
      return;
    }
    caller.inFlight -= 1;
    if (caller.inFlight === 0) this.callers.delete(name);
  }
}

/** Ends the request that has been arriving longest, if it had its time: a caller who sends slowly delays only themselves. */
function giveUpOldest(arriving: LinkedList<Arriving>): void {
  const { oldest } = arriving;
  if (oldest === null || performance.now() - oldest.sinceMs < ARRIVING_MS) return;
  arriving.remove(oldest);
  oldest.giveUp(new AppError("busy", {}, "Your request arrived too slowly while others of yours waited."));
}
