import type { Random } from "./seed-random.ts";

export const HOUR_MS = 3_600_000;

/** How much is worked on a day of the week, 0 being Sunday. */
export const dayFactor = (weekday: number) => [0.06, 0.95, 1.12, 1.15, 1.05, 0.78, 0.09][weekday] ?? 1;

/** Milliseconds after midnight: two humps with lunch between them, a few night owls. */
export const workTime = (random: Random): number => (random.weighted(workHours) + random.next()) * HOUR_MS;

const workHours = [
  [8, 4],
  [9, 12],
  [10, 14],
  [11, 12],
  [12, 5],
  [13, 9],
  [14, 13],
  [15, 13],
  [16, 11],
  [17, 7],
  [18, 3],
  [20, 1],
  [22, 1],
] as const;

/** Turns a day into the seed of its random numbers (FNV-1a). */
export function hashText(text: string): number {
  let hash = 2_166_136_261;
  for (const letter of text) hash = Math.imul(hash ^ letter.charCodeAt(0), 16_777_619);
  return hash >>> 0;
}
