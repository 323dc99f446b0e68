import { addDays, toDayKey, wallClockMs } from "#core/time/instant.ts";

interface QuietHours {
  quietFrom: string | null;
  quietTo: string | null;
}

/**
 * When a message of this moment may be sent: now, or when the quiet hours of the channel end. Long nights may cross midnight.
 * Short because it is the one part of sending that is pure.
 */
export function afterQuietHours(at: Date, { quietFrom, quietTo }: QuietHours, zone: string): Date {
  if (quietFrom === null || quietTo === null || quietFrom === quietTo) return at;
  const today = toDayKey(at.getTime(), zone);
  for (const day of [addDays(today, -1), today]) {
    const from = toInstant(day, quietFrom, zone);
    const to = toInstant(quietTo > quietFrom ? day : addDays(day, 1), quietTo, zone);
    if (at.getTime() >= from && at.getTime() < to) return new Date(to);
  }
  return at;
}

function toInstant(day: string, clock: string, zone: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  return wallClockMs(day, hours * 60 + minutes, zone);
}
