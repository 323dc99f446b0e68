import { toDollarNumber } from "#core/money/nano-usd.ts";
import { isRead } from "../ledger/stats.ts";
import type { ProxyContext } from "../process/proxy-context.ts";
import { type MetricMaker, setCounter } from "./metrics-maker.ts";

/**
 * Adds what the ledger knows of the whole installation, equal to `/api/*` on every instance. Returns a function that
 * updates the counts.
 */
export function installationMetrics({ ledger }: ProxyContext, make: MetricMaker): () => void {
  const overrides = make.counter(
    "cco_installation_overrides_total",
    "Requests served by another model by rule, of all instances since the first day",
    ["from", "to"],
    "max",
  );
  const cacheHits = make.counter(
    "cco_installation_cache_hits_total",
    "Answers given from the response cache, of all instances since the first day",
    [],
    "max",
  );
  const cacheMisses = make.counter(
    "cco_installation_cache_misses_total",
    "Look-ups in the response cache that found nothing, of all instances since the first day",
    [],
    "max",
  );
  installationMoney(ledger, make);
  make.gauge(
    "cco_database_bytes",
    "Size of the database on its disk, as of the last minute; NaN while it is not known",
    () => ledger.stats().databaseBytes ?? Number.NaN,
    "first",
  );
  make.gauge(
    "cco_last_backup_timestamp_seconds",
    "When the newest backup was made, of all instances, as of the last minute; NaN for none",
    () => (ledger.stats().lastBackupMs ?? Number.NaN) / 1000,
    "first",
  );
  return () => {
    const { totals, overridesByPair } = ledger.stats();
    overrides.reset();
    if (!isRead(ledger.stats())) {
      // Absent while the count is not known. A step from 0 to the real count would be a rise of years in a minute.
      cacheHits.remove();
      cacheMisses.remove();
      return;
    }
    if (overridesByPair.length === 0) overrides.inc({ from: "", to: "" }, 0);
    for (const { requestedModel, servedModel, count } of overridesByPair) {
      const labels = { from: make.bounded("model", requestedModel), to: make.bounded("model", servedModel) };
      overrides.inc(labels, count);
    }
    setCounter(cacheHits, totals.cacheHits);
    setCounter(cacheMisses, totals.cacheMisses);
  };
}

/** Gauges, because a restored backup lowers them; of several workers the first is used, since all know the same. */
function installationMoney(ledger: ProxyContext["ledger"], make: MetricMaker): void {
  const amounts = [
    ["cost_usd", "Cost", "cost"],
    ["plan_value_usd", "List-price worth of subscription traffic", "planValue"],
    ["saved_usd", "Saved by rules (estimate)", "saved"],
    ["avoided_usd", "Not paid because of the response cache", "avoided"],
  ] as const;
  for (const [name, help, amount] of amounts) {
    const read = () => {
      const stats = ledger.stats();
      if (!isRead(stats)) return Number.NaN;
      const known = stats.totals.money[amount];
      return known === null ? Number.NaN : toDollarNumber(known);
    };
    make.gauge(
      `cco_installation_${name}`,
      `${help}, in dollars, of all instances since the first day; NaN while it is not known`,
      read,
      "first",
    );
  }
}
