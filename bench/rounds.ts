/**
 * Measures all subjects in turn, several times over. Others work on this machine too: what disturbs one round disturbs
 * every subject of it, and the median leaves the worst rounds out.
 */
export async function interleaved<S, M>(
  subjects: readonly S[],
  rounds: number,
  measure: (subject: S) => Promise<M>,
): Promise<Map<S, M[]>> {
  const results = new Map<S, M[]>(subjects.map((subject) => [subject, []]));
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) results.get(subject)?.push(await measure(subject));
  }
  return results;
}

/** The middle one, or halfway between the two in the middle; `NaN` of nothing. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** The median of one figure over the rounds. */
export const computeMedian = <M>(rounds: readonly M[], figure: (round: M) => number): number =>
  median(rounds.map(figure));

/** How much y grows with x: the straight line that fits best. */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const count = points.length;
  const meanX = points.reduce((sum, [x]) => sum + x, 0) / count;
  const meanY = points.reduce((sum, [, y]) => sum + y, 0) / count;
  const up = points.reduce((sum, [x, y]) => sum + (x - meanX) * (y - meanY), 0);
  const across = points.reduce((sum, [x]) => sum + (x - meanX) ** 2, 0);
  return up / across;
}
