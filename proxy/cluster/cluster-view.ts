import { type CacheFigures, sumOfCaches } from "#core/cache/cache-report.ts";
import { computeHitRate } from "#core/cache/hit-rate.ts";
import type { LeftBehind } from "../ledger/messages.ts";
import { findMedian } from "../metrics/latency-window.ts";
import type { MetricFamily } from "../metrics/metrics-of-all.ts";
import type { ProxyEvent } from "../process/event-bus.ts";
import type { SpoolBacklog, SpoolState } from "../spool/spool.ts";
import { oldestSeconds } from "../spool/spool-age.ts";

/** Figures of one process. */
export interface Figures {
  openRequests: number;
  requestsPerSecond: number;
  /** Latest samples of the time CCO added to a request, in milliseconds. */
  addedMs: number[];
  backlog: SpoolBacklog;
  cache: CacheFigures;
  /** Look-ups of the last five minutes. */
  cacheHits: number;
  cacheLookUps: number;
  /** Metrics; empty unless requested. */
  metrics: MetricFamily[];
}

/** The figures of all workers of this address. */
export interface ClusterFigures {
  workers: number;
  answered: Figures[];
  /** The last known figures of workers that did not answer in time. */
  earlier: Figures[];
  /** Counters of workers that have exited. */
  ended: MetricFamily[];
}

/** The other workers of this address, as seen by one of them. */
export interface ClusterView {
  /** How many processes serve this address. */
  readonly workers: number;
  /** Resolves within a second, with the figures there are by then. */
  figures(withMetrics: boolean): Promise<ClusterFigures>;
  /** Subscribes to events of the other workers. */
  onEvent(listener: (proxyEvent: ProxyEvent) => void): () => void;
  /** Empties the response cache of all; returns how many responses were dropped. */
  clearCache(): Promise<number>;
}

/** The figures of all workers that answered, and the last known ones of those that did not. */
const known = ({ answered, earlier }: ClusterFigures): Figures[] => [...answered, ...earlier];

const sum = (figures: Figures[], of: (one: Figures) => number): number =>
  figures.reduce((total, one) => total + of(one), 0);

const severity: readonly SpoolState[] = ["ok", "backlog-full", "disk-full", "failing"];

/** The fields of `/health` that are about traffic, for all workers together. */
export function healthOfAll(all: ClusterFigures, left: LeftBehind, nowMs: number) {
  const figures = known(all);
  const oldest = [left.oldestMs, ...figures.map(({ backlog }) => backlog.oldestMs)];
  const worst = Math.max(0, ...figures.map(({ backlog }) => severity.indexOf(backlog.state)));
  return {
    spool_state: severity[worst] ?? "failing",
    spool_bytes: sum(figures, ({ backlog }) => backlog.bytes),
    open_requests: openRequestsOfAll(all),
    requests_per_second: sum(figures, ({ requestsPerSecond }) => requestsPerSecond),
    added_latency_p50_ms: findMedian(figures.flatMap(({ addedMs }) => addedMs)),
    events_oldest_seconds: oldestSeconds(oldest, nowMs),
    events_dropped: sum(figures, ({ backlog }) => backlog.dropped),
    workers: all.workers,
    /** Fewer than `workers`: the figures of the others are older, or missing. */
    workers_answering: all.answered.length,
  };
}

export const openRequestsOfAll = (all: ClusterFigures): number => sum(known(all), ({ openRequests }) => openRequests);

export const cacheOfAll = (all: ClusterFigures): CacheFigures => sumOfCaches(known(all).map(({ cache }) => cache));

/** Hits per look-up of all workers; NaN without any. */
export function hitRateOfAll(all: ClusterFigures): number {
  const lookUps = sum(known(all), ({ cacheLookUps }) => cacheLookUps);
  const hits = sum(known(all), ({ cacheHits }) => cacheHits);
  return computeHitRate({ hits, misses: lookUps - hits }) ?? Number.NaN;
}
