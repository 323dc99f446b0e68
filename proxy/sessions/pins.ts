import { hash } from "node:crypto";
import { LRUCache } from "lru-cache";
import { findModel, modelKey } from "#core/costs/model-key.ts";
import { BoundedCache } from "#core/memo.ts";
import { findFamily, isAboutModel } from "#core/rules/compile.ts";
import { isEndOfSkip, isOutdated, isSameVerdict, type KeptPin, PIN_IDLE_MS, type Pin } from "#core/rules/pin.ts";
import type { Snapshot } from "../process/proxy-context.ts";

/** Pins kept: about 60 MB at the very most; a developer's day makes a few dozen. */
const PINS_MAX = 100_000;
/**
 * Pins kept of models that neither the catalogue nor a rule knows; only that they serve themselves is kept. Callers can
 * invent any number of such models, which must cost neither memory nor the pins of others: at this limit they are no
 * longer shared, and the oldest are evicted.
 */
const UNKNOWN_MODELS_MAX = 2_000;
/** How often the use of a pin is shared: it only has to keep the pin from expiring. */
const SHARE_USE_EVERY_MS = 3_600_000;
/** Longer names are no model's; they are decided one by one. */
const MODEL_LENGTH_MAX = 256;

/** Tokens the target counted for the session's last prompt, and its bytes; 0 while unknown. This process only. */
interface SessionPrompt {
  promptTokens: number;
  promptBytes: number;
}

interface Known extends SessionPrompt {
  pin: KeptPin;
  /** Generation of the snapshot that decided, when it was this process's; pins of others go by their rules version. */
  generation: number | null;
  sharedAtMs: number;
}

/** Keys under which the decision about a request is looked up, then kept. */
export interface PinKeys {
  /** Key of session, agent and family of models. */
  family: string;
  /** Key for one model: where the family's decision does not apply to the asked one. */
  model(): string;
  /** The asked model in its comparable spelling. */
  askedKey: string;
}

/** Builds the keys. Null where there is no session, so that each request is decided separately. */
export function buildPinKeys(
  sessionId: string | null,
  agentId: string | null,
  model: string,
  { compiled, catalogue }: Snapshot,
): PinKeys | null {
  if (sessionId === null || model.length > MODEL_LENGTH_MAX) return null;
  const entry = findModel(catalogue, model);
  const askedKey = entry?.id ?? modelKey(model);
  const family = entry?.family ?? findFamily(compiled, askedKey) ?? askedKey;
  const keyFor = (scope: string) => hashPinKey(`${sessionId}\n${agentId ?? "main"}\n${scope}`);
  return { family: keyFor(family), model: () => keyFor(`${family}\n${askedKey}`), askedKey };
}

const keys = new BoundedCache<string, string>({ weigh: (key) => key.length });

/** Memoised for the sessions in progress: each of their requests asks for it again. */
function hashPinKey(place: string): string {
  let key = keys.get(place);
  if (key === undefined) {
    key = hash("sha256", place, "base64url");
    keys.set(place, key);
  }
  return key;
}

/**
 * Options of the LRU that make it read the clock at each look-up. Otherwise the library would keep its time with a
 * timer a millisecond, which costs more.
 */
const AGE = { ttl: PIN_IDLE_MS, updateAgeOnGet: true, ttlResolution: 0 };

/**
 * LRU of decisions, one per session, agent and asked family. A flip inside a session would re-write its whole prompt
 * cache, which costs more than most overrides save; so new rules are for new sessions, unless their publisher says
 * "now".
 */
export class Pins {
  private readonly known = new LRUCache<string, Known>({ max: PINS_MAX, ...AGE });
  private readonly unknownModels = new LRUCache<string, Known>({ max: UNKNOWN_MODELS_MAX, ...AGE });

  /** `keep` passes a decision on to where it is shared (database, other processes); it must not wait. */
  constructor(
    private readonly keep: (pin: KeptPin) => void,
    private readonly now: () => number,
  ) {}

  /** The decision in force, and which of the two keys it is stored under. */
  find(place: PinKeys, model: string, snapshot: Snapshot): { key: string; pin: Pin | null } {
    const pin = this.inForce(place.family, snapshot);
    if (pin === null || speaksFor(pin, place.askedKey, model, snapshot)) return { key: place.family, pin };
    const key = place.model();
    return { key, pin: this.inForce(key, snapshot) };
  }

  /** The model that once refused this session, and why, even if the decision itself is not in force any more. */
  refusal(key: string): { by: string; reason: string } | null {
    const pin = this.peek(key)?.pin;
    return pin === undefined || pin.releasedFrom === null ? null : { by: pin.releasedFrom, reason: pin.reason };
  }

  set(key: string, pin: Pin, snapshot: Snapshot): void {
    this.keepAndShare({ ...pin, key, usedAtMs: this.now() }, snapshot.generation, snapshot);
  }

  /** Adds decisions of others, or from before the start. A release known here stays one. */
  take(pins: readonly KeptPin[], snapshot: Snapshot): void {
    const nowMs = this.now();
    for (const pin of pins) {
      const leftMs = Math.min(PIN_IDLE_MS, pin.usedAtMs + PIN_IDLE_MS - nowMs);
      if (leftMs <= 0 || isOutdated(pin, snapshot.appliedNow)) continue;
      const known = this.peek(pin.key);
      const isValid = known !== undefined && isInForce(known, snapshot);
      const isRelease = isValid && known.pin.releasedFrom !== null && pin.releasedFrom === null;
      if (isRelease && !isEndOfSkip(known.pin, pin)) continue;
      if (isValid && isSameVerdict(known.pin, pin)) continue;
      this.put(this.entry(pin, null), snapshot, leftMs);
    }
  }

  /** Sets the version of the rules that decided, once it is known: others, and the next start, go by it. */
  numbered({ generation, version }: Snapshot): void {
    if (version === null) return;
    for (const known of [...this.known.values(), ...this.unknownModels.values()]) {
      if (known.generation !== generation || known.pin.version !== null) continue;
      known.pin = { ...known.pin, version };
      this.keep(known.pin);
    }
  }

  /** Finds what this model counted for the session's last prompt; null when it is not the one that serves it. */
  findPrompt(key: string, served: string): SessionPrompt | null {
    const known = this.peek(key);
    return known === undefined || known.pin.target !== served ? null : known;
  }

  get size(): number {
    return this.known.size + this.unknownModels.size;
  }

  private inForce(key: string, snapshot: Snapshot): Pin | null {
    const known = this.known.get(key) ?? this.unknownModels.get(key);
    if (known === undefined || !isInForce(known, snapshot)) return null;
    const nowMs = this.now();
    if (nowMs - known.sharedAtMs > SHARE_USE_EVERY_MS)
      this.keepAndShare({ ...known.pin, usedAtMs: nowMs }, known.generation, snapshot);
    return known.pin;
  }

  private keepAndShare(pin: KeptPin, generation: number | null, snapshot: Snapshot): void {
    const known = this.entry(pin, generation);
    this.put(known, snapshot, PIN_IDLE_MS);
    const isOneOfMany = this.unknownModels.size === UNKNOWN_MODELS_MAX && this.unknownModels.has(pin.key);
    if (!isOneOfMany) this.keep(pin);
  }

  private peek(key: string): Known | undefined {
    return this.known.peek(key) ?? this.unknownModels.peek(key);
  }

  private put(known: Known, snapshot: Snapshot, ttl: number): void {
    const { key } = known.pin;
    const [cache, other] = isUnknownModel(known.pin, snapshot)
      ? [this.unknownModels, this.known]
      : [this.known, this.unknownModels];
    other.delete(key);
    cache.set(key, known, { ttl });
  }

  /** What a model has counted stays known for as long as that model serves. */
  private entry(pin: KeptPin, generation: number | null): Known {
    const old = this.peek(pin.key);
    const isSame = old !== undefined && old.pin.target === pin.target;
    const promptTokens = isSame ? old.promptTokens : 0;
    return { pin, generation, sharedAtMs: pin.usedAtMs, promptTokens, promptBytes: isSame ? old.promptBytes : 0 };
  }
}

const isUnknownModel = ({ target, askedKey }: Pin, { compiled, catalogue }: Snapshot): boolean =>
  target === null && findModel(catalogue, askedKey) === null && findFamily(compiled, askedKey) === null;

const isInForce = ({ pin, generation }: Known, { pinsValidFrom, appliedNow }: Snapshot): boolean =>
  generation === null ? !isOutdated(pin, appliedNow) : generation >= pinsValidFrom;

/**
 * Whether a pin applies to the asked model. "Its own model" applies to a whole family. An override applies only to the
 * models its rule is about: for another model of the family, asked for later in the session, no rule asks for it.
 */
function speaksFor(pin: Pin, askedKey: string, model: string, { compiled }: Snapshot): boolean {
  if (pin.target === null || pin.askedKey === askedKey) return true;
  const rule = pin.ruleId === null ? undefined : compiled.byId.get(pin.ruleId);
  return rule !== undefined && isAboutModel(compiled, rule, model);
}
