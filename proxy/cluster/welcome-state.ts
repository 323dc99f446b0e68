import { LRUCache } from "lru-cache";
import { type KeptPin, PIN_IDLE_MS } from "#core/rules/pin.ts";
import type { LedgerEvent } from "../ledger/messages.ts";

/** As many pins as a worker keeps. */
const PINS_MAX = 100_000;
const PINS_AT_ONCE = 5_000;

/** What the ledger has sent so far, as far as a worker that starts later needs it. */
export class WelcomeState {
  private readonly pins = new LRUCache<string, KeptPin>({ max: PINS_MAX, ttl: PIN_IDLE_MS });
  /** The latest message of each kind. */
  private readonly latest = new Map<LedgerEvent["kind"], LedgerEvent>();

  /** Keeps a message until the next of its kind. */
  note(message: LedgerEvent): void {
    this.latest.set(message.kind, message);
  }

  notePins(pins: readonly KeptPin[]): void {
    for (const pin of pins) this.pins.set(pin.key, pin);
  }

  /** The messages for a new worker. "ready" comes last: by then the sessions' pins are there. */
  *messages(): Generator<LedgerEvent> {
    const pins = [...this.pins.values()];
    for (let from = 0; from < pins.length; from += PINS_AT_ONCE)
      yield { kind: "pins", pins: pins.slice(from, from + PINS_AT_ONCE) };
    const ready = this.latest.get("ready");
    for (const message of this.latest.values()) if (message !== ready) yield message;
    if (ready !== undefined) yield ready;
  }
}
