import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { EMPTY_RULE_SET } from "#core/rules/rule-set.ts";
import type { LedgerStats } from "#proxy/ledger/stats.ts";
import { newCounters } from "#proxy/metrics/live-counters.ts";
import type { ProxyEvent } from "#proxy/process/event-bus.ts";
import type { ProxyContext } from "#proxy/process/proxy-context.ts";

/** The parts of a proxy that statistics are built from; `settle` feeds them ended requests. */
export function statsContext(stats: () => LedgerStats): { context: ProxyContext; settle(event: RequestEvent): void } {
  const listeners: ((proxyEvent: ProxyEvent) => void)[] = [];
  const cache = { items: 0, bytes: 0, bytesMax: 0, hits: 0, misses: 0, stored: 0, evictions: 0 };
  const parts = {
    productVersion: "test",
    ledger: { stats, problem: () => null, leftBehind: () => ({ bytes: 0, oldestMs: null }), poisoned: () => 0 },
    spool: { backlog: () => ({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" }) },
    snapshot: () => ({ ruleSet: EMPTY_RULE_SET, version: 1, catalogue: loadCatalogue(), prices: loadCatalogue() }),
    rulesProblem: () => null,
    live: newCounters(),
    crew: null,
    breaker: { isOpen: false, opened: 0 },
    cache: { figures: () => ({ ...cache, tokensAvoided: 0, timeAvoidedMs: 0, bypasses: {} }) },
    shared: { isUp: false },
    isReady: () => true,
    onEvent(listener: (proxyEvent: ProxyEvent) => void) {
      listeners.push(listener);
      return () => {};
    },
  };
  return {
    context: parts as unknown as ProxyContext,
    settle: (event) => {
      for (const listener of listeners) listener({ kind: "settled", event });
    },
  };
}
