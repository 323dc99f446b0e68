/** Seconds since the earliest of these instants; null when there is none. Never negative, also when the clock is set back. */
export function oldestSeconds(instantsMs: readonly (number | null)[], nowMs: number): number | null {
  const known = instantsMs.filter((atMs) => atMs !== null);
  return known.length === 0 ? null : Math.max(0, (nowMs - Math.min(...known)) / 1000);
}
