import { addDays, dayStartMs, toDayKey } from "#core/time/instant.ts";

interface QuietHours {
  quietFrom: string | null;
  quietTo: string | null;
}

/** When a message of this moment may be sent: now, or when the quiet hours of the channel end. Long nights may cross midnight. */
export function afterQuietHours(at: Date, { quietFrom, quietTo }: QuietHours, zone: string): Date {
  if (quietFrom === null || quietTo === null || quietFrom === quietTo) return at;
  const today = toDayKey(at.getTime(), zone);
  for (const day of [addDays(today, -1), today]) {
    const from = instantOf(day, quietFrom, zone);
    const to = instantOf(quietTo > quietFrom ? day : addDays(day, 1), quietTo, zone);
    if (at.getTime() >= from && at.getTime() < to) return new Date(to);
  }
  return at;
}

/** The clock on the wall: on a day of 23 or 25 hours it differs from midnight plus hours by one. */
function instantOf(day: string, clock: string, zone: string): number {
  const [hours = 0, minutes = 0] = clock.split(":").map(Number);
  const guess = dayStartMs(day, zone) + (hours * 60 + minutes) * 60_000;
  return guess + offBy(guess, hours * 60 + minutes, zone) * 60_000;
}

function offBy(guessMs: number, wantedMinutes: number, zone: string): number {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone: zone,
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  });
  const [hours = 0, minutes = 0] = parts.format(guessMs).split(":").map(Number);
  const off = wantedMinutes - (hours * 60 + minutes);
  return Math.abs(off) > 720 ? 0 : off;
}
