import type { EventEmitter } from "node:events";

/**
 * The last line of defence of one request: what a listener of `emitter` throws is given to `onThrow` instead of ending the
 * process, whoever put the listener on: Node, a library or we. Listeners behind the one that threw are not called for this
 * event. A file of its own because every emitter of a request wants it, on the caller's side and on the provider's.
 */
export function containThrows(emitter: EventEmitter, onThrow: (problem: unknown) => void): void {
  const { emit } = emitter;
  emitter.emit = (...args: Parameters<typeof emit>) => {
    try {
      return emit.apply(emitter, args);
    } catch (problem) {
      onThrow(problem);
      return true;
    }
  };
}
