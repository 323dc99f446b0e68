import { type KeptPin, PIN_IDLE_MS } from "#core/rules/pin.ts";
import type { RequestContext } from "../request/context.ts";
import { findPinKeys } from "../request/decide.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import type { Pins } from "./pins.ts";

/**
 * Shares pins through the memory that instances have in common. The database delivers them within two seconds; this way
 * also a session's second request, sent at once to another instance, is served as its first one was.
 */
export class SharedPins {
  constructor(
    private readonly memory: SharedMemory,
    private readonly pins: Pins,
  ) {}

  /** Asks other instances for the pin of a session that this process does not know. */
  async recall(ctx: RequestContext, model: string): Promise<void> {
    const { snapshot } = ctx;
    if (!this.memory.isUp || snapshot === null) return;
    const place = findPinKeys(ctx, model);
    if (place === null) return;
    const { key, pin } = this.pins.find(place, model, snapshot);
    if (pin !== null) return;
    const value = await this.memory.get(formatSharedKey(key));
    const found = value === null ? null : keptPinIn(value);
    if (found !== null && found.key === key) this.pins.take([found], snapshot);
  }

  /** Writes a pin for other instances. The request does not wait for it. */
  share(pin: KeptPin): void {
    if (this.memory.isUp) void this.memory.set(formatSharedKey(pin.key), Buffer.from(JSON.stringify(pin)), PIN_IDLE_MS);
  }
}

const formatSharedKey = (key: string): string => `pin:${key}`;

/** Parses a pin, sealed by another instance of this installation, which may be of another release. */
function keptPinIn(value: Buffer): KeptPin | null {
  let pin: Partial<KeptPin>;
  try {
    pin = JSON.parse(value.toString("utf8")) as Partial<KeptPin>;
  } catch {
    return null;
  }
  const { key, target, releasedFrom, reason, ruleId, version, fallback, askedKey, usedAtMs } = pin;
  if (typeof key !== "string" || typeof reason !== "string" || typeof askedKey !== "string") return null;
  if (typeof usedAtMs !== "number" || !isTextOrNull(target) || !isTextOrNull(releasedFrom) || !isTextOrNull(ruleId)) {
    return null;
  }
  if (version !== null && typeof version !== "number") return null;
  if (fallback !== "on-refusal" && fallback !== "on-overload" && fallback !== "never") return null;
  return { key, target, releasedFrom, reason, ruleId, version, fallback, askedKey, usedAtMs };
}

const isTextOrNull = (value: unknown): value is string | null => value === null || typeof value === "string";
