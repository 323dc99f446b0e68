import type { RequestEvent } from "#core/activity/request-event.ts";

/** Events for the rest of the process. Listeners run in the request's own turn: be quick, never throw. */
export type ProxyEvent =
  | { kind: "override"; id: string; requested: string; served: string; project: string; atMs: number }
  | { kind: "cache"; result: "hit" | "miss"; cacheKey: string; atMs: number }
  | { kind: "settled"; event: RequestEvent }
  | { kind: "rules"; version: number | null; enabled: boolean; problem: string | null; atMs: number };

/** A list of listeners; a failure of one does not affect the others. */
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
