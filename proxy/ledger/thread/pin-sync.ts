import { performance } from "node:perf_hooks";
import { type KeptPin, PIN_IDLE_MS } from "#core/rules/pin.ts";
import { keepPins, readPinsAfter, removePinsUnusedSince } from "#store/session-pins.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { LedgerEvent } from "../messages.ts";

const POLL_EVERY_MS = 500;
const PURGE_EVERY_MS = 3_600_000;
/** Uses are written by the hour, so a row may be younger than it says. */
const USE_SLACK_MS = 3_600_000;
const PINS_AT_ONCE = 5_000;

/** Sessions' decisions, to the database and from it: those of before the start, and what other instances decide. */
export class PinSync {
  private readUpTo = 0;
  private polledTick = Number.NEGATIVE_INFINITY;
  private purgedTick = Number.NEGATIVE_INFINITY;

  constructor(private readonly post: (message: LedgerEvent) => void) {}

  /** At first everything, then what is new; `isForced` does not wait until it is time. */
  async poll(connection: SqlConnection, isForced: boolean): Promise<void> {
    const nowMs = Date.now();
    const tick = performance.now();
    if (!isForced && tick - this.polledTick < POLL_EVERY_MS) return;
    this.polledTick = tick;
    const read = await readPinsAfter(connection, this.readUpTo, nowMs - PIN_IDLE_MS - USE_SLACK_MS);
    if (read !== null) {
      for (let from = 0; from < read.pins.length; from += PINS_AT_ONCE)
        this.post({ kind: "pins", pins: read.pins.slice(from, from + PINS_AT_ONCE) });
      this.readUpTo = read.upTo;
    }
    if (tick - this.purgedTick < PURGE_EVERY_MS) return;
    await removePinsUnusedSince(connection, nowMs - PIN_IDLE_MS - USE_SLACK_MS);
    this.purgedTick = tick;
  }

  async keep(connection: SqlConnection, pins: readonly KeptPin[]): Promise<void> {
    const others = await keepPins(connection, pins);
    if (others.length > 0) this.post({ kind: "pins", pins: others });
    this.post({ kind: "pins-kept" });
  }
}
