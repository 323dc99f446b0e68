import type { KeptPin } from "#core/rules/pin.ts";
import type { SpendingSums, Unrecorded } from "../../keys/spending.ts";
import type { ControlState } from "../control-state.ts";
import type { LedgerEvent, LeftBehind } from "../messages.ts";
import { emptyStats, type LedgerStats } from "../stats.ts";
import { KEYS_AGE_MAX_MS } from "./kept-state.ts";

/** The database does not take what is recorded. */
export interface Outage {
  text: string;
  /** It cannot be read either, so the console cannot work. */
  isAway: boolean;
  sinceMs: number;
}

type Listener<Value> = (value: Value) => void;

/** What the ledger has sent so far, and its listeners: the part that is the same wherever it runs. */
export class LedgerNews {
  private current: ControlState | null = null;
  private numbers: LedgerStats = emptyStats();
  private trouble: string | null = null;
  private away: Outage | null = null;
  private confirmedMs: number | null = null;
  private isKept = false;
  private poisonedCount = 0;
  private leftBehindNow: LeftBehind = { bytes: 0, oldestMs: null };
  private readonly stateListeners = new Set<Listener<ControlState>>();
  private readonly statsListeners = new Set<Listener<LedgerStats>>();
  private readonly pinsListeners = new Set<Listener<readonly KeptPin[]>>();
  private readonly committedListeners = new Set<Listener<readonly string[]>>();
  private readonly outageListeners = new Set<Listener<Outage | null>>();
  private readonly spendingListeners = new Set<Listener<SpendingSums>>();
  private readonly unrecordedListeners = new Set<Listener<readonly Unrecorded[]>>();

  state = (): ControlState | null => this.current;
  stats = (): LedgerStats => this.numbers;
  problem = (): string | null => this.trouble;
  outage = (): Outage | null => this.away;
  keysAsOfMs = (): number | null => this.confirmedMs;
  isFromDisk = (): boolean => this.isKept;
  areKeysKnown = (): boolean =>
    this.current !== null && this.confirmedMs !== null && Date.now() - this.confirmedMs <= KEYS_AGE_MAX_MS;
  poisoned = (): number => this.poisonedCount;
  leftBehind = (): LeftBehind => this.leftBehindNow;
  onState = (listener: Listener<ControlState>): (() => void) => listening(this.stateListeners, listener);
  onStats = (listener: Listener<LedgerStats>): (() => void) => listening(this.statsListeners, listener);
  onPins = (listener: Listener<readonly KeptPin[]>): (() => void) => listening(this.pinsListeners, listener);
  onCommitted = (listener: Listener<readonly string[]>): (() => void) => listening(this.committedListeners, listener);
  onSpending = (listener: Listener<SpendingSums>): (() => void) => listening(this.spendingListeners, listener);
  onOutage = (listener: Listener<Outage | null>): (() => void) => listening(this.outageListeners, listener);
  onUnrecorded = (listener: Listener<readonly Unrecorded[]>): (() => void) =>
    listening(this.unrecordedListeners, listener);

  failed(problem: string): void {
    this.trouble = problem;
  }

  /** Takes in what the thread, or the primary, has sent, and calls the listeners. */
  apply(message: LedgerEvent): void {
    switch (message.kind) {
      case "ready":
        this.trouble = null;
        break;
      case "unusable":
        this.trouble = message.message;
        break;
      case "state":
        this.current = message.state;
        notify(this.stateListeners, message.state);
        break;
      case "stats":
        this.numbers = message.stats;
        notify(this.statsListeners, message.stats);
        break;
      case "problem":
        this.trouble = message.text;
        this.away =
          message.text === null ? null : { text: message.text, isAway: message.isAway, sinceMs: message.sinceMs };
        notify(this.outageListeners, this.away);
        break;
      case "confirmed":
        this.confirmedMs = message.atMs;
        this.isKept = message.isKept;
        break;
      case "poisoned":
        this.poisonedCount = message.count;
        break;
      case "left-behind":
        this.leftBehindNow = message.left;
        break;
      case "pins":
        notify(this.pinsListeners, message.pins);
        break;
      case "committed":
        notify(this.committedListeners, message.ids);
        break;
      case "spending":
        notify(this.spendingListeners, message.told);
        break;
      case "unrecorded":
        notify(this.unrecordedListeners, message.requests);
        break;
    }
  }
}

function listening<Value>(listeners: Set<Listener<Value>>, listener: Listener<Value>): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function notify<Value>(listeners: Set<Listener<Value>>, value: Value): void {
  for (const listener of listeners) listener(value);
}
