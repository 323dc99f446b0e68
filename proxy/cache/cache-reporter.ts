import type { CacheReport } from "#core/cache/cache-report.ts";
import type { LedgerClient } from "../ledger/client/ledger-client.ts";
import type { SharedMemory } from "../shared-memory/shared-memory.ts";
import type { ResponseCache } from "./response-cache.ts";

const REPORT_EVERY_MS = 2_000;
/** Entries reported to the console. */
export const ENTRIES_SHOWN = 50;

/** Reports this process's cache to the console through the database: every two seconds while something changes. */
export class CacheReporter {
  private readonly timer: NodeJS.Timeout;
  private last = "";

  constructor(
    private readonly cache: ResponseCache,
    private readonly shared: SharedMemory,
    private readonly ledger: LedgerClient,
  ) {
    this.timer = setInterval(() => this.report(), REPORT_EVERY_MS);
    this.timer.unref();
  }

  stop(): void {
    clearInterval(this.timer);
  }

  private report(): void {
    const report: CacheReport = {
      ...this.cache.figures(),
      shared: this.shared.state().kind,
      entries: this.cache.entries(ENTRIES_SHOWN),
    };
    const text = JSON.stringify(report);
    if (text === this.last) return;
    this.last = text;
    this.ledger.reportCache(text);
  }
}
