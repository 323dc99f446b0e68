import type { ProxyEvent } from "./proxy-context.ts";

/** One list of listeners; a listener that throws is the listener's problem. */
export class EventBus {
  private readonly listeners = new Set<(proxyEvent: ProxyEvent) => void>();

  readonly on = (listener: (proxyEvent: ProxyEvent) => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly emit = (proxyEvent: ProxyEvent): void => {
    for (const listener of this.listeners) {
      try {
        listener(proxyEvent);
      } catch {
        // Statistics must not break a request.
      }
    }
  };
}
