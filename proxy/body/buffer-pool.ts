/** Sizes are rounded up to this, so that memory of one body fits others of about its length. */
const STEP_BYTES = 32 * 1024;
/** Larger bodies are rare, and their memory is better given back. */
const KEPT_BODY_BYTES_MAX = 1024 * 1024;
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Memory for bodies, used again and again. Made anew for each request it would be garbage by the hundred megabytes a
 * second, and the search for such garbage a sixth of all the proxy does.
 */
export class BufferPool {
  /** By size in steps; the one given back last is taken first, while it is still in the processor's caches. */
  private readonly free: ArrayBuffer[][] = [];
  private keptBytes = 0;

  /** At least `bytes` of memory, with whatever stood there before. */
  take(bytes: number): Buffer {
    const steps = Math.ceil(bytes / STEP_BYTES);
    const memory = this.free[steps]?.pop();
    if (memory === undefined) return Buffer.allocUnsafeSlow(steps * STEP_BYTES);
    this.keptBytes -= memory.byteLength;
    return Buffer.from(memory);
  }

  /** Takes back what `take` gave. Nobody may read or write it from now on: the next body is written over it. */
  give({ buffer }: Uint8Array): void {
    const bytes = buffer.byteLength;
    if (bytes > KEPT_BODY_BYTES_MAX || bytes % STEP_BYTES !== 0 || this.keptBytes + bytes > KEPT_BYTES_MAX) return;
    this.keptBytes += bytes;
    const steps = bytes / STEP_BYTES;
    this.free[steps] ??= [];
    this.free[steps].push(buffer as ArrayBuffer);
  }
}
