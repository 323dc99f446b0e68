import type { AlertReading, AlertSettings } from "./alert-kind.ts";

/** What is remembered of one subject of an alert between checks. */
export interface AlertMemory {
  subject: string;
  /** Since when the condition has held without a break; null while it does not. */
  overSinceMs: number | null;
  /** Since when it has not held while the alert still fires; null otherwise. */
  clearSinceMs: number | null;
  /** When it fired last; null: never. */
  firedAtMs: number | null;
  /** The firing that has not ended; null: none. */
  firingId: string | null;
}

interface AlertStep {
  memory: AlertMemory;
  change: "fires" | "ends" | "none";
}

/** Clocks of two instances may differ by so much. */
const CLOCK_SKEW_MS = 600_000;

/**
 * The next memory of one subject, and whether the alert fires or ends for it. It fires once the condition has held for
 * `holdMs`, at most once in `coolDownMs`; it ends once the condition has been gone for `holdMs`. Instants that are yet to
 * come, from a clock that was ahead, count as none.
 */
export function advance(
  known: AlertMemory,
  reading: AlertReading | null,
  nowMs: number,
  { holdMs, coolDownMs }: Pick<AlertSettings, "holdMs" | "coolDownMs">,
): AlertStep {
  const memory = withoutFuture(known, nowMs);
  if (reading === null) {
    const gone = { ...memory, overSinceMs: null };
    if (memory.firingId === null) return { memory: { ...gone, clearSinceMs: null }, change: "none" };
    const clearSinceMs = memory.clearSinceMs ?? nowMs;
    if (nowMs - clearSinceMs >= holdMs) return { memory: { ...gone, clearSinceMs: null }, change: "ends" };
    return { memory: { ...gone, clearSinceMs }, change: "none" };
  }
  const overSinceMs = memory.overSinceMs ?? nowMs;
  const held = { ...memory, overSinceMs, clearSinceMs: null };
  if (memory.firingId !== null || nowMs - overSinceMs < holdMs) return { memory: held, change: "none" };
  if (memory.firedAtMs !== null && nowMs - memory.firedAtMs < coolDownMs) return { memory: held, change: "none" };
  return { memory: { ...held, firedAtMs: nowMs }, change: "fires" };
}

function withoutFuture(memory: AlertMemory, nowMs: number): AlertMemory {
  const past = (ms: number | null) => (ms !== null && ms > nowMs + CLOCK_SKEW_MS ? null : ms);
  const { overSinceMs, clearSinceMs, firedAtMs } = memory;
  return { ...memory, overSinceMs: past(overSinceMs), clearSinceMs: past(clearSinceMs), firedAtMs: past(firedAtMs) };
}
