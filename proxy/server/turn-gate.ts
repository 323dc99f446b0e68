import { AppError } from "#core/errors.ts";
import { type Linked, LinkedList } from "#core/linked-list.ts";

/** Time for which a request that is still arriving keeps its turn from others that wait. */
const ARRIVING_MS = 500;

/** Whose request it is: a network, and a place in it. Lines take turns by network, and within one by place. */
export type Line = readonly [network: string, place: string];

interface Arriving extends Linked<Arriving> {
  readonly sinceMs: number;
  readonly giveUp: (problem: AppError) => void;
}

interface Waiting extends Linked<Waiting> {
  begin: () => void;
}

/** Lets some requests through at once; what comes beyond waits, each line behind its own. */
export class TurnGate {
  private inFlight = 0;
  private readonly lines = new FairLines();
  /** Requests that have a turn while their body arrives, the one that began first in front. */
  private readonly stillArriving = new LinkedList<Arriving>();

  /** `whose` stands in the texts of refusals behind "requests" and "others". */
  constructor(
    private readonly atOnceMax: number,
    private readonly whose: " of yours" | "",
  ) {}

  get isIdle(): boolean {
    return this.inFlight === 0;
  }

  /** Resolves when it is the request's turn; the result ends it. Throws `busy` after `waitMs`, and the signal's reason. */
  async take(line: Line, signal: AbortSignal, waitMs: number): Promise<() => void> {
    signal.throwIfAborted();
    if (this.inFlight >= this.atOnceMax) await this.waitIn(line, signal, waitMs);
    else this.inFlight += 1;
    let isOver = false;
    return () => {
      if (!isOver) this.end();
      isOver = true;
    };
  }

  /** Says that a request with a turn is still arriving: `giveUp` is called when others wait too long. The result ends that. */
  arriving(giveUp: (problem: AppError) => void): () => void {
    const entry: Arriving = { before: null, after: null, sinceMs: performance.now(), giveUp };
    this.stillArriving.add(entry);
    return () => this.stillArriving.remove(entry);
  }

  /** The turn of the one that ended passes on, so `inFlight` stays. */
  private waitIn(line: Line, signal: AbortSignal, waitMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const stop = () => {
        this.lines.remove(line, entry);
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
        const text = `Too many requests${this.whose} are waiting for the console. Try again in a moment.`;
        reject(new AppError("busy", {}, text));
      }, waitMs);
      timer.unref();
      const urging = setInterval(() => this.giveUpOldest(), ARRIVING_MS);
      urging.unref();
      signal.addEventListener("abort", onAbort);
      this.lines.add(line, entry);
    });
  }

  private end(): void {
    const next = this.lines.takeNext();
    if (next === null) this.inFlight -= 1;
    else next.begin();
  }

  /**
   * Ends the request that has been arriving longest, if it had its time. A caller who sends slowly delays only that
   * caller.
   */
  private giveUpOldest(): void {
    const { oldest } = this.stillArriving;
    if (oldest === null || performance.now() - oldest.sinceMs < ARRIVING_MS) return;
    this.stillArriving.remove(oldest);
    oldest.giveUp(new AppError("busy", {}, `Your request arrived too slowly while others${this.whose} waited.`));
  }
}

/** Requests that wait, taken in turns of their networks, and within a network in turns of its places. */
class FairLines {
  /** The network and the place whose turn is next are first. */
  private readonly networks = new Map<string, Map<string, LinkedList<Waiting>>>();

  add([network, place]: Line, entry: Waiting): void {
    const places = this.networks.get(network) ?? new Map<string, LinkedList<Waiting>>();
    this.networks.set(network, places);
    const list = places.get(place) ?? new LinkedList<Waiting>();
    places.set(place, list);
    list.add(entry);
  }

  remove([network, place]: Line, entry: Waiting): void {
    const places = this.networks.get(network);
    const list = places?.get(place);
    list?.remove(entry);
    if (list?.size === 0) places?.delete(place);
    if (places?.size === 0) this.networks.delete(network);
  }

  takeNext(): Waiting | null {
    for (const [network, places] of this.networks)
      for (const [place, list] of places) {
        const { oldest } = list;
        if (oldest === null) continue;
        this.remove([network, place], oldest);
        moveToEnd(places, place);
        moveToEnd(this.networks, network);
        return oldest;
      }
    return null;
  }
}

function moveToEnd<Value>(map: Map<string, Value>, key: string): void {
  const value = map.get(key);
  if (value === undefined) return;
  map.delete(key);
  map.set(key, value);
}
