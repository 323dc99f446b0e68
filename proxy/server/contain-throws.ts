import type { EventEmitter } from "node:events";

/**
 * Contains what a listener of `emitter` throws. `onThrow` receives it and the process goes on, no matter whether Node,
 * a library or this code added the listener. Listeners behind the one that threw are not called for this event. A
 * separate file because every emitter of a request uses it, on the caller's side and on the provider's.
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
