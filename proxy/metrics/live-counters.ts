import type { ErrorCode } from "#core/errors.ts";
import type { LiveCounters } from "../process/proxy-context.ts";
import { LatencyWindow } from "./latency-window.ts";

export const newCounters = (): LiveCounters => ({
  requests: 0,
  errors: 0,
  overrides: 0,
  openRequests: 0,
  openStreams: 0,
  bodyBytesHeld: 0,
  fallbacksLost: 0,
  cacheHits: 0,
  cacheMisses: 0,
  cacheBypasses: 0,
  latencySeconds: 0,
  latencyCount: 0,
  refused: new Map(),
  pace: new LatencyWindow(),
});

export function noteRefused({ refused }: LiveCounters, code: ErrorCode): void {
  refused.set(code, (refused.get(code) ?? 0) + 1);
}
