const WINDOW_S = 10;
const SAMPLES = 256;
/** Samples needed for a median: with fewer it is chance, and the first ones include the start of the process. */
const SAMPLES_LEAST = 20;

/**
 * Measures the request rate and the time that CCO adds to requests. That time runs from the last byte of a request to
 * the moment it is sent on (index, decide, adapt, record). Fixed memory; a sample costs two writes. Ticks are
 * milliseconds of the monotonic clock.
 */
export class LatencyWindow {
  private readonly counts = new Uint32Array(WINDOW_S + 1);
  private readonly seconds = new Float64Array(WINDOW_S + 1).fill(-1);
  private readonly added = new Float32Array(SAMPLES);
  private sampled = 0;

  note(receivedTick: number, sentTick: number): void {
    const second = Math.floor(sentTick / 1000);
    const slot = second % this.counts.length;
    if (this.seconds[slot] !== second) {
      this.seconds[slot] = second;
      this.counts[slot] = 0;
    }
    this.counts[slot] = (this.counts[slot] ?? 0) + 1;
    this.added[this.sampled % SAMPLES] = sentTick - receivedTick;
    this.sampled += 1;
  }

  /** Requests a second over the last ten whole seconds. */
  perSecond(nowTick: number): number {
    const current = Math.floor(nowTick / 1000);
    let total = 0;
    for (let slot = 0; slot < this.counts.length; slot += 1) {
      const age = current - (this.seconds[slot] ?? -1);
      if (age >= 1 && age <= WINDOW_S) total += this.counts[slot] ?? 0;
    }
    return total / WINDOW_S;
  }

  /** Median of the last samples, in milliseconds; null while there are too few. */
  addedP50Ms(): number | null {
    return findMedian(this.addedMs());
  }

  /** A copy of the last samples. */
  addedMs(): Float32Array {
    return this.added.slice(0, Math.min(this.sampled, SAMPLES));
  }
}

/** Median of samples in milliseconds; null below twenty, of one process or of all together. */
export function findMedian(samples: Float32Array | readonly number[]): number | null {
  if (samples.length < SAMPLES_LEAST) return null;
  const sorted = Float32Array.from(samples).sort();
  return sorted[Math.floor(sorted.length / 2)] ?? null;
}
