import type { AlertKind, AlertReading, AlertSettings } from "./alert-kind.ts";

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

/** A channel of an alert, as far as it decides when the alert may fire again. */
interface ChannelTurn {
  id: string;
  /** When it last took a message that a subject is beyond its bound, or may have; null: never. */
  saidAtMs: number | null;
  /** Earliest instant of a message: now, or the end of a snooze and of its quiet hours. */
  opensAtMs: number;
}

/** By what a subject advances. */
export interface AlertBounds extends Pick<AlertSettings, "holdMs" | "coolDownMs"> {
  /** Channels of the alert for a subject. Without any it is shown in the console alone, and quiet from when it fired. */
  listChannels?(subject: string): readonly ChannelTurn[];
  /** Longest quiet time after an instant, where the kind knows a shorter one than the cool-down. */
  findLongestQuietMs?: AlertKind["findLongestQuietMs"];
}

/**
 * The next memory of one subject, and whether the alert fires or ends for it. It fires once the condition has held for
 * `holdMs` and a channel is free (`findQuietEnd`); it ends once the condition has been gone for `holdMs`. Instants that
 * are yet to come, from a clock that was ahead, count as none.
 */
export function advance(
  known: AlertMemory,
  reading: AlertReading | null,
  nowMs: number,
  bounds: AlertBounds,
): AlertStep {
  const { holdMs } = bounds;
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
  if (coolsDown(memory, nowMs, bounds)) return { memory: held, change: "none" };
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
  { nowMs, most, ...bounds }: Omit<AlertBounds, "holdMs"> & { nowMs: number; most: number },
): AlertReading[] {
  const known = new Map(memories.map((memory) => [memory.subject, withoutFuture(memory, nowMs)]));
  const findMemory = ({ subject }: AlertReading) => known.get(subject) ?? null;
  const stays = (reading: AlertReading) => {
    const memory = findMemory(reading);
    return memory !== null && (memory.firingId !== null || coolsDown(memory, nowMs, bounds));
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

/**
 * What keeps a subject from firing; null where it fires, or is within its bound. What both hinder waits for the later
 * of them.
 */
export function findWait(known: AlertMemory, nowMs: number, bounds: AlertBounds): AlertWait | null {
  const memory = withoutFuture(known, nowMs);
  const { overSinceMs, firingId } = memory;
  if (overSinceMs === null || firingId !== null) return null;
  const heldMs = overSinceMs + bounds.holdMs;
  const quietMs = findQuietEnd(memory, nowMs, bounds);
  return quietMs > heldMs ? { reason: "cool-down", untilMs: quietMs } : { reason: "hold", untilMs: heldMs };
}

/** End of the cool-down of one channel, counted from what it was last sent; in the past where nothing was. */
export function findChannelQuietEnd(
  subject: string,
  { saidAtMs }: Pick<ChannelTurn, "saidAtMs">,
  nowMs: number,
  bounds: Omit<AlertBounds, "holdMs">,
): number {
  return addCoolDown(subject, saidAtMs, nowMs, bounds);
}

/**
 * End of the time in which a subject does not fire again. The cool-down of a channel counts from the message that it was
 * sent. What was never sent, within a snooze or quiet hours, keeps quiet until these end: no message would leave before.
 */
function findQuietEnd({ subject, firedAtMs }: AlertMemory, nowMs: number, bounds: Omit<AlertBounds, "holdMs">): number {
  const firedEndMs = addCoolDown(subject, firedAtMs, nowMs, bounds);
  const ends = (bounds.listChannels?.(subject) ?? []).map((channel) =>
    Math.max(findChannelQuietEnd(subject, channel, nowMs, bounds), Math.min(firedEndMs, channel.opensAtMs)),
  );
  return ends.length === 0 ? firedEndMs : Math.min(...ends);
}

function addCoolDown(
  subject: string,
  sinceMs: number | null,
  nowMs: number,
  { coolDownMs, findLongestQuietMs }: Omit<AlertBounds, "holdMs">,
): number {
  if (sinceMs === null || isAhead(sinceMs, nowMs)) return Number.NEGATIVE_INFINITY;
  return sinceMs + Math.min(coolDownMs, findLongestQuietMs?.(subject, sinceMs) ?? coolDownMs);
}

/** Whether it was said so shortly before that it may not fire again. */
const coolsDown = (memory: AlertMemory, nowMs: number, bounds: Omit<AlertBounds, "holdMs">): boolean =>
  findQuietEnd(memory, nowMs, bounds) > nowMs;

const isAhead = (ms: number, nowMs: number): boolean => ms > nowMs + CLOCK_SKEW_MS;

function withoutFuture(memory: AlertMemory, nowMs: number): AlertMemory {
  const past = (ms: number | null) => (ms !== null && isAhead(ms, nowMs) ? null : ms);
  const { overSinceMs, clearSinceMs, firedAtMs } = memory;
  return { ...memory, overSinceMs: past(overSinceMs), clearSinceMs: past(clearSinceMs), firedAtMs: past(firedAtMs) };
}
