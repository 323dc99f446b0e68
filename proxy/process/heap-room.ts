import { getHeapStatistics, setFlagsFromString } from "node:v8";

const MB = 1024 * 1024;
/** Garbage allowed before a full collection, as long as the heap itself is small. */
const ROOM_BYTES = 56 * MB;
/** Beyond this size V8's own limit is better: it considers how fast the heap grows. */
const LIVE_BYTES_MAX = 96 * MB;
const LOOK_EVERY_MS = 5_000;
const LOOKS_KEPT = 12;

/**
 * Lets the heap of this process gather more garbage before a full collection. Bodies pass through it by the hundred
 * megabytes a second, while the live part is 20 MB: V8 allows such a heap so little that it collected 13 times a second
 * and spent a quarter of the main thread on it (measured with 150 kB requests: 735 requests a second before, 1,300
 * after). The allowance is given in bytes, not as a share, so that a growing heap does not get a multiple of itself.
 */
export function giveHeapRoom(): void {
  const looks: number[] = [];
  let given = -1;
  const look = () => {
    looks.push(getHeapStatistics().used_heap_size);
    if (looks.length > LOOKS_KEPT) looks.shift();
    // The minimum of a minute is close to the live part.
    const percent = growthPercent(Math.min(...looks));
    if (percent !== given) setFlagsFromString(`--heap-growing-percent=${percent}`);
    given = percent;
  };
  look();
  setInterval(look, LOOK_EVERY_MS).unref();
}

/** Growth allowed for a heap of this size before a collection; 0 leaves it to V8. In steps, so that it seldom changes. */
export function growthPercent(liveBytes: number): number {
  if (liveBytes > LIVE_BYTES_MAX) return 0;
  return Math.min(400, Math.round((ROOM_BYTES / liveBytes) * 2) * 50);
}
