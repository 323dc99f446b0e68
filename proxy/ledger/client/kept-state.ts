import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { deserialize, serialize } from "node:v8";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import type { ProxyKeyState } from "#store/callers.ts";
import { makeFolder } from "#store/make-folder.ts";
import { Seal } from "#store/seal.ts";
import type { ControlState } from "../control-state.ts";
import type { KeptFile, LedgerEvent, SpoolReach } from "../messages.ts";

/**
 * Keys and tokens hold for so long after the database last confirmed them:
 * `docs/decisions/032-start-without-the-database.md`.
 */
export const KEYS_AGE_MAX_MS = 24 * 3_600_000;
/** How far a clock may have been set back since the state was kept. */
const CLOCK_SLACK_MS = 300_000;
const WRITE_EVERY_MS = 15_000;
/**
 * Interval for keeping sums that have changed, shorter than the usual one. What they lack, and is no longer in a spool
 * either, is missing at a start without the database.
 */
const SUMS_EVERY_MS = 1_000;
/**
 * Ratio of the pause after a write to the time of the write. With many keys, writing the kept state must not take the
 * thread's time.
 */
const REST_TIMES = 50;
/** What the ledger sends about control tables is kept whole, so that what is added to it is kept too. */
const KEPT_KINDS: readonly LedgerEvent["kind"][] = ["state", "spending"];
const FORMAT = 1;

export interface Kept {
  /** When the database confirmed it, epoch ms. */
  confirmedAtMs: number;
  messages: LedgerEvent[];
}

/** Writes down what the ledger says of rules, keys, limits and what was spent. Runs in the ledger's thread. */
export class StateKeeper {
  private readonly latest = new Map<LedgerEvent["kind"], LedgerEvent>();
  private readonly seal: Seal;
  private hasNews = false;
  private hasNewSums = false;
  private sums = "";
  private confirmedAtMs: number | null = null;
  private writtenTick = Number.NEGATIVE_INFINITY;
  private tookMs = 0;

  constructor(private readonly place: KeptFile) {
    this.seal = new Seal(place.secret);
    // Kept until there are new ones: a process may be killed before it has read them.
    const before = readKeptState(place, Date.now())?.messages.find(({ kind }) => kind === "spending");
    if (before !== undefined) this.latest.set("spending", before);
  }

  /** How far the sums that were kept last reach into the spools of this data folder. */
  get reach(): SpoolReach {
    const spending = this.latest.get("spending");
    return spending?.kind === "spending" ? spending.reach : [];
  }

  note(message: LedgerEvent): void {
    if (KEPT_KINDS.includes(message.kind)) this.latest.set(message.kind, message);
    if (message.kind === "state") this.hasNews = true;
    else if (message.kind === "spending") this.noteSums(message);
    else if (message.kind === "confirmed") this.confirmedAtMs = message.atMs;
    else return;
    if (message.kind !== "state") this.write();
  }

  /** Writes what has changed, however lately it was written. */
  flush(): void {
    if (this.hasNewSums) this.hasNews = true;
    this.write();
  }

  private noteSums(message: Extract<LedgerEvent, { kind: "spending" }>): void {
    const { fromMs, byHolder } = message.told;
    const sums = JSON.stringify([fromMs, byHolder, message.reach]);
    if (sums === this.sums) return;
    this.sums = sums;
    this.hasNewSums = true;
  }

  private write(): void {
    const tick = performance.now();
    const { confirmedAtMs } = this;
    if (!this.latest.has("state") || confirmedAtMs === null) return;
    const everyMs = this.hasNewSums ? Math.max(SUMS_EVERY_MS, this.tookMs * REST_TIMES) : WRITE_EVERY_MS;
    if (!this.hasNews && tick - this.writtenTick < everyMs) return;
    const { file } = this.place;
    try {
      const value = serialize({ format: FORMAT, confirmedAtMs, messages: [...this.latest.values()] });
      makeFolder(dirname(file));
      writeFileSync(`${file}.new`, this.seal.close(basename(file), value), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.hasNews = false;
      this.hasNewSums = false;
      this.writtenTick = tick;
      this.tookMs = performance.now() - tick;
    } catch {
      // A full disk must not stop the ledger; the next confirmation tries again.
    }
  }
}

/**
 * Reads the kept state. Null when there is none, when it is older than keys may be, or when the seal is not this
 * installation's.
 */
export function readKeptState({ file, secret }: KeptFile, nowMs: number): Kept | null {
  try {
    const value = new Seal(secret).open(basename(file), readFileSync(file));
    if (value === null) return null;
    const { format, confirmedAtMs, messages } = deserialize(value) as Kept & { format: number };
    const ageMs = nowMs - confirmedAtMs;
    if (format !== FORMAT || ageMs > KEYS_AGE_MAX_MS || ageMs < -CLOCK_SLACK_MS) return null;
    return { confirmedAtMs, messages: messages.filter(isReadable).map(asOfThisRelease) };
  } catch {
    return null;
  }
}

/**
 * Whether this release can read a kept message. Older releases kept sums by key alone. Without sums by holder a budget
 * begins with what is spent from now on, as on a new machine.
 */
const isReadable = (message: LedgerEvent): boolean => message.kind !== "spending" || "byHolder" in message.told;

/**
 * Upgrades a kept message of an earlier release, which lacks what was added since. It gets the meaning that the
 * migration of the database gives it.
 */
function asOfThisRelease(message: LedgerEvent): LedgerEvent {
  if (message.kind === "spending") return { ...message, reach: (message as { reach?: SpoolReach }).reach ?? [] };
  if (message.kind !== "state") return message;
  const state: Older<ControlState, "holderLimits" | "budgetRaises" | "draftHeaders" | "prices"> = message.state;
  const { holderLimits = [], budgetRaises = [], draftHeaders = [], prices = null, proxyKeys } = state;
  const keys = proxyKeys.map(keyOfThisRelease);
  return { ...message, state: { ...state, holderLimits, budgetRaises, draftHeaders, prices, proxyKeys: keys } };
}

function keyOfThisRelease(key: Older<ProxyKeyState, "attribution">): ProxyKeyState {
  const namesNothing = key.project === null && key.team === null;
  return {
    ...key,
    attribution: key.attribution ?? (namesNothing ? "free" : "locked"),
    limits: key.limits === null ? null : { ...NO_LIMITS, ...key.limits },
  };
}

/** A value of an earlier release, which did not have these fields. */
type Older<Value, Field extends keyof Value> = Omit<Value, Field> & Partial<Pick<Value, Field>>;
