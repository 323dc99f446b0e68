import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { basename, dirname } from "node:path";
import { performance } from "node:perf_hooks";
import { deserialize, serialize } from "node:v8";
import { NO_LIMITS } from "#core/access/key-limits.ts";
import type { ProxyKeyState } from "#store/callers.ts";
import { Seal } from "../../shared-memory/seal.ts";
import type { ControlState } from "../control-state.ts";
import type { KeptPlace, LedgerEvent } from "../messages.ts";

/** Keys and tokens hold for so long after the database last confirmed them: `docs/decisions/032-start-without-the-database.md`. */
export const KEYS_AGE_MAX_MS = 24 * 3_600_000;
/** How far a clock may have been set back since the state was kept. */
const CLOCK_SLACK_MS = 300_000;
const WRITE_EVERY_MS = 15_000;
/** What the ledger sends about control tables is kept whole, so that whatever is added to it is kept too. */
const KEPT_KINDS: readonly LedgerEvent["kind"][] = ["state", "spending"];
const FORMAT = 1;

export interface Kept {
  /** When the database confirmed it, epoch ms. */
  confirmedAtMs: number;
  messages: LedgerEvent[];
}

/** Writes down what the ledger says of rules, keys and limits. Runs in the ledger's thread. */
export class StateKeeper {
  private readonly latest = new Map<LedgerEvent["kind"], LedgerEvent>();
  private readonly seal: Seal;
  private hasNews = false;
  private writtenTick = Number.NEGATIVE_INFINITY;

  constructor(private readonly place: KeptPlace) {
    this.seal = new Seal(place.secret);
  }

  note(message: LedgerEvent): void {
    if (KEPT_KINDS.includes(message.kind)) {
      this.latest.set(message.kind, message);
      this.hasNews ||= message.kind === "state";
    } else if (message.kind === "confirmed") this.write(message.atMs);
  }

  private write(confirmedAtMs: number): void {
    const tick = performance.now();
    if (!this.latest.has("state") || (!this.hasNews && tick - this.writtenTick < WRITE_EVERY_MS)) return;
    const { file } = this.place;
    try {
      const value = serialize({ format: FORMAT, confirmedAtMs, messages: [...this.latest.values()] });
      mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, this.seal.close(basename(file), value), { mode: 0o600 });
      renameSync(`${file}.new`, file);
      this.hasNews = false;
      this.writtenTick = tick;
    } catch {
      // A full disk must not stop the ledger; the next confirmation tries again.
    }
  }
}

/** The kept state; null when there is none, it is older than keys may be, or the seal is not this installation's. */
export function readKeptState({ file, secret }: KeptPlace, nowMs: number): Kept | null {
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

/** Sums were told by key alone once; without them a budget begins with what is spent from now on, as on a new machine. */
const isReadable = (message: LedgerEvent): boolean => message.kind !== "spending" || "byHolder" in message.told;

/** What a release before this one kept lacks what was added since: it means what the migration of the database makes of it. */
function asOfThisRelease(message: LedgerEvent): LedgerEvent {
  if (message.kind !== "state") return message;
  const state: Older<ControlState, "holderLimits"> = message.state;
  const { holderLimits = [], proxyKeys } = state;
  return { ...message, state: { ...state, holderLimits, proxyKeys: proxyKeys.map(keyOfThisRelease) } };
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
