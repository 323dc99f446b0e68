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

/**
 * The next memory of one subject, and whether the alert fires or ends for it. It fires once the condition has held for
 * `holdMs`, at most once in `coolDownMs`; it ends once the condition has been gone for `holdMs`.
 */
export function advance(
  memory: AlertMemory,
  reading: AlertReading | null,
  nowMs: number,
  { holdMs, coolDownMs }: Pick<AlertSettings, "holdMs" | "coolDownMs">,
): AlertStep {
  if (reading === null) {
    if (memory.firingId === null)
      return { memory: { ...memory, overSinceMs: null, clearSinceMs: null }, change: "none" };
    const clearSinceMs = memory.clearSinceMs ?? nowMs;
    const isOver = nowMs - clearSinceMs >= holdMs;
    return {
      memory: { ...memory, overSinceMs: null, clearSinceMs: isOver ? null : clearSinceMs },
      change: isOver ? "ends" : "none",
    };
  }
  const overSinceMs = memory.overSinceMs ?? nowMs;
  const held = { ...memory, overSinceMs, clearSinceMs: null };
  if (memory.firingId !== null || nowMs - overSinceMs < holdMs) return { memory: held, change: "none" };
  if (memory.firedAtMs !== null && nowMs - memory.firedAtMs < coolDownMs) return { memory: held, change: "none" };
  return { memory: { ...held, firedAtMs: nowMs }, change: "fires" };
}
