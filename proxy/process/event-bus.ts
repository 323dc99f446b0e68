import type { Happening } from "./proxy-context.ts";

/** One list of listeners; a listener that throws is the listener's problem. */
export class Happenings {
  private readonly listeners = new Set<(happening: Happening) => void>();

  readonly on = (listener: (happening: Happening) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly emit = (happening: Happening): void => {
    for (const listener of this.listeners) {
      try {
        listener(happening);
      } catch {
        // Statistics must not break a request.
      }
    }
  };
}
