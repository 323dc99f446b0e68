import { LRUCache } from "lru-cache";
import type { Snapshot } from "./context.ts";
import type { Choice } from "./trip.ts";

/** What a session was given, so that its later requests get the same and its prompt cache stays warm. */
interface Pin {
  choice: Choice;
  generation: number;
}

const IDLE_MS = 24 * 3_600_000;
/** About 40 MB at the very most; a developer's day makes a few dozen. */
const PINS_MAX = 100_000;

/**
 * One decision per session, agent and asked model. A flip inside a session would re-write its whole prompt cache, which
 * costs more than most overrides save; so new rules are for new sessions, unless their publisher says "now".
 */
export class Pins {
  private readonly pins = new LRUCache<string, Pin>({ max: PINS_MAX, ttl: IDLE_MS, updateAgeOnGet: true });

  find(key: string, snapshot: Snapshot): Choice | null {
    const pin = this.pins.get(key);
    return pin !== undefined && pin.generation >= snapshot.pinsValidFrom ? pin.choice : null;
  }

  set(key: string, choice: Choice, snapshot: Snapshot): void {
    this.pins.set(key, { choice, generation: snapshot.generation });
  }

  get size(): number {
    return this.pins.size;
  }
}

/** Null for requests that belong to no session: those are decided one by one. */
export function pinKey(sessionId: string | null, agentId: string | null, model: string): string | null {
  return sessionId === null ? null : `${sessionId}\n${agentId ?? "main"}\n${model}`;
}
