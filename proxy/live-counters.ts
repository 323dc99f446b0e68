import type { LiveCounters } from "./context.ts";
import { Pace } from "./pace.ts";

export const newCounters = (): LiveCounters => ({
  requests: 0,
  errors: 0,
  overrides: 0,
  openRequests: 0,
  openStreams: 0,
  bodyBytesHeld: 0,
  cacheHits: 0,
  cacheMisses: 0,
  cacheBypasses: 0,
  latencySeconds: 0,
  latencyCount: 0,
  refused: 0,
  pace: new Pace(),
});
