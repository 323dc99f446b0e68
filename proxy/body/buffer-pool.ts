/** Step that sizes are rounded up to, so that the memory of one body fits others of about its length. */
const STEP_BYTES = 32 * 1024;
/** Largest pooled size: larger bodies are rare, and their memory is better freed. */
const KEPT_BODY_BYTES_MAX = 1024 * 1024;
const KEPT_BYTES_MAX = 16 * 1024 * 1024;

/**
 * Pool of buffers for bodies. Allocated for each request they would be garbage by the hundred megabytes a second, and
 * its collection a sixth of the proxy's work.
 */
export class BufferPool {
  /**
   * Pool of free buffers by size in steps. The one released last is acquired first, while it is still in the
   * processor's caches.
   */
  private readonly free: ArrayBuffer[][] = [];
  private keptBytes = 0;

  /** Acquires at least `bytes` of memory, with its previous contents. */
  take(bytes: number): Buffer {
    const steps = Math.ceil(bytes / STEP_BYTES);
    const memory = this.free[steps]?.pop();
    if (memory === undefined) return Buffer.allocUnsafeSlow(steps * STEP_BYTES);
    this.keptBytes -= memory.byteLength;
    return Buffer.from(memory);
  }

  /** Releases an acquired buffer. It must not be read or written from now on: the next body is written over it. */
  give({ buffer }: Uint8Array): void {
    const bytes = buffer.byteLength;
    if (bytes > KEPT_BODY_BYTES_MAX || bytes % STEP_BYTES !== 0 || this.keptBytes + bytes > KEPT_BYTES_MAX) return;
    this.keptBytes += bytes;
    const steps = bytes / STEP_BYTES;
    this.free[steps] ??= [];
    this.free[steps].push(buffer as ArrayBuffer);
  }
}
