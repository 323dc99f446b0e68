import type { KeyHolder } from "./admit.ts";
import type { LiveCounters } from "./context.ts";
import type { Ledger } from "./drain.ts";

/** Live proxy keys by the hash of their secret, rebuilt when the ledger's state changes and only then. */
export class KeyTable {
  private keys: ReadonlyMap<string, KeyHolder> | null = null;

  constructor(ledger: Ledger) {
    const take = (state: ReturnType<Ledger["state"]>) => {
      if (state !== null) this.keys = new Map(state.proxyKeys.map((key) => [key.keyHash, key]));
    };
    take(ledger.state());
    ledger.onState(take);
  }

  current(): ReadonlyMap<string, KeyHolder> | null {
    return this.keys;
  }
}

/** Overrides of all times: those the database knew when this process began, and this process's own. */
export class OverrideTally {
  private readonly ledger: Ledger;
  private readonly live: LiveCounters;
  private before: number | null = null;

  constructor(ledger: Ledger, live: LiveCounters) {
    this.ledger = ledger;
    this.live = live;
    ledger.onStats((stats) => {
      this.before ??= stats.totals.overrides;
    });
  }

  read(): { count: number; savedNanoUsd: bigint } {
    return { count: (this.before ?? 0) + this.live.overrides, savedNanoUsd: this.ledger.stats().totals.savedNanoUsd };
  }
}
