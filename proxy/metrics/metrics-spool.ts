import type { ProxyContext } from "../process/proxy-context.ts";
import { oldestSeconds } from "../spool/spool-age.ts";
import { type MetricMaker, setCounter } from "./metrics-maker.ts";

/**
 * Adds metrics of records not yet in the database, lost for good, and set aside. Returns a function that updates the
 * counts.
 */
export function spoolMetrics({ spool, ledger }: ProxyContext, make: MetricMaker): () => void {
  make.gauge("cco_events_pending", "Bytes of records not yet in the database", () => spool.backlog().bytes);
  make.gauge(
    "cco_events_left_behind",
    "Bytes of records of processes that are gone, not yet in the database",
    () => ledger.leftBehind().bytes,
    "max",
  );
  make.gauge(
    "cco_events_oldest_seconds",
    "Age of the oldest record that is not yet in the database; 0 when there is none",
    () => oldestSeconds([spool.backlog().oldestMs, ledger.leftBehind().oldestMs], Date.now()) ?? 0,
    "max",
  );
  make.gauge(
    "cco_spool_ok",
    "1 while the spool can be written; 0 while records wait in memory",
    () => Number(spool.backlog().state === "ok"),
    "min",
  );
  make.gauge(
    "cco_ledger_ok",
    "1 while the database takes what is recorded",
    () => Number(ledger.problem() === null),
    "min",
  );
  const dropped = make.counter(
    "cco_events_dropped_total",
    "Requests whose record was lost because disk and memory were full",
  );
  const setAside = make.counter(
    "cco_events_set_aside_total",
    "Records that could not be stored and were put into a .bad file",
    [],
    "max",
  );
  return () => {
    setCounter(dropped, spool.backlog().dropped);
    setCounter(setAside, ledger.poisoned());
  };
}
