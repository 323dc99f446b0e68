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
  if (coolsDown(memory, nowMs, coolDownMs)) return { memory: held, change: "none" };
  return { memory: { ...held, firedAtMs: nowMs }, change: "fires" };
}

/**
 * Of all that an alert is over for, what is advanced, so that at most `most` subjects fire at once. What fires stays, however
 * the readings are ordered: left out, it would be said to have ended. So does what cools down, and cannot fire. What is new
 * fills the rest, what has held for longer than one look first.
 */
export function withinLimit(
  over: readonly AlertReading[],
  memories: readonly AlertMemory[],
  { nowMs, coolDownMs, most }: { nowMs: number; coolDownMs: number; most: number },
): AlertReading[] {
  const known = new Map(memories.map((memory) => [memory.subject, withoutFuture(memory, nowMs)]));
  const findMemory = ({ subject }: AlertReading) => known.get(subject) ?? null;
  const stays = (reading: AlertReading) => {
    const memory = findMemory(reading);
    return memory !== null && (memory.firingId !== null || coolsDown(memory, nowMs, coolDownMs));
  };
  const free = most - memories.filter(({ firingId }) => firingId !== null).length;
  const rest = over.filter((reading) => !stays(reading));
  const hasHeld = (reading: AlertReading) => (findMemory(reading)?.overSinceMs ?? null) !== null;
  const inTurn = [...rest.filter(hasHeld), ...rest.filter((reading) => !hasHeld(reading))];
  return [...over.filter(stays), ...inTurn.slice(0, Math.max(0, free))];
}

/** Why a subject that is beyond its bound does not fire, and until when. */
export interface AlertWait {
  /** `cool-down`: it fired shortly before. `hold`: it has not been beyond its bound for long enough. */
  reason: "cool-down" | "hold";
  untilMs: number;
}

/** What keeps a subject from firing; null where it fires, or is within its bound. What both hinder waits for the later of them. */
export function findWait(
  known: AlertMemory,
  nowMs: number,
  { holdMs, coolDownMs }: Pick<AlertSettings, "holdMs" | "coolDownMs">,
): AlertWait | null {
  const { overSinceMs, firedAtMs, firingId } = withoutFuture(known, nowMs);
  if (overSinceMs === null || firingId !== null) return null;
  const heldMs = overSinceMs + holdMs;
  const quietMs = firedAtMs === null ? heldMs : firedAtMs + coolDownMs;
  return quietMs > heldMs ? { reason: "cool-down", untilMs: quietMs } : { reason: "hold", untilMs: heldMs };
}

/** Whether it fired so shortly before that it may not fire again. */
const coolsDown = ({ firedAtMs }: AlertMemory, nowMs: number, coolDownMs: number): boolean =>
  firedAtMs !== null && nowMs - firedAtMs < coolDownMs;

function withoutFuture(memory: AlertMemory, nowMs: number): AlertMemory {
  const past = (ms: number | null) => (ms !== null && ms > nowMs + CLOCK_SKEW_MS ? null : ms);
  const { overSinceMs, clearSinceMs, firedAtMs } = memory;
  return { ...memory, overSinceMs: past(overSinceMs), clearSinceMs: past(clearSinceMs), firedAtMs: past(firedAtMs) };
}
