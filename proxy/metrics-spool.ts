import type { Aggregator } from "prom-client";
import type { ProxyContext } from "./context.ts";
import { oldestSeconds } from "./spool-age.ts";

/** What the database does not have yet, as gauges. */
export function spoolGauges(
  { spool, ledger }: ProxyContext,
  gauge: (name: string, help: string, read: () => number, together?: Aggregator) => void,
): void {
  gauge("cco_events_pending", "Bytes of records not yet in the database", () => spool.backlog().bytes);
  gauge(
    "cco_events_left_behind",
    "Bytes of records of processes that are gone, not yet in the database",
    () => ledger.leftBehind().bytes,
    "max",
  );
  gauge(
    "cco_events_oldest_seconds",
    "Age of the oldest record that is not yet in the database; 0 when there is none",
    () => oldestSeconds([spool.backlog().oldestMs, ledger.leftBehind().oldestMs], Date.now()) ?? 0,
    "max",
  );
  gauge(
    "cco_spool_ok",
    "1 while the spool can be written; 0 while records wait in memory",
    () => Number(spool.backlog().state === "ok"),
    "min",
  );
}
