import { HolderTable } from "#core/access/holder-table.ts";
import type { KeyHolder } from "./admit.ts";
import type { LiveCounters } from "./context.ts";
import type { Ledger } from "./drain.ts";
import { savingOfPairs } from "./ledger/stats.ts";

/** Live proxy keys by the hash of their secret, and whose limits hold them; rebuilt when the ledger's state changes and only then. */
export class KeyTable {
  private keys: ReadonlyMap<string, KeyHolder> | null = null;
  /** Of persons, teams and projects. */
  holders = new HolderTable([]);

  constructor(private readonly ledger: Ledger) {
    const take = (state: ReturnType<Ledger["state"]>) => {
      if (state === null) return;
      const holders = new HolderTable(state.holderLimits);
      this.holders = holders;
      this.keys = new Map(state.proxyKeys.map((key) => [key.keyHash, { ...key, own: holders.findOwn(key) }]));
    };
    take(ledger.state());
    ledger.onState(take);
  }

  /** Null while they are not known, or when the database has not confirmed them for too long. */
  current(): ReadonlyMap<string, KeyHolder> | null {
    return this.ledger.areKeysKnown() ? this.keys : null;
  }
}

/**
 * Overrides of all times. Alone: those the database knew when this process began, and this process's own. With other workers:
 * those the database knew a moment ago, and this process's own since; what others did in that moment is not in it.
 */
export class OverrideTally {
  private readonly ledger: Ledger;
  private readonly live: LiveCounters;
  private before: number | null = null;
  private ownBefore = 0;

  constructor(ledger: Ledger, live: LiveCounters, isAlone: boolean) {
    this.ledger = ledger;
    this.live = live;
    ledger.onStats((stats) => {
      if (this.before !== null && isAlone) return;
      this.before = stats.totals.overrides;
      this.ownBefore = isAlone ? 0 : live.overrides;
    });
  }

  read(): { count: number; savedNanoUsd: bigint | null } {
    return {
      count: (this.before ?? 0) + this.live.overrides - this.ownBefore,
      savedNanoUsd: savingOfPairs(this.ledger.stats().overridesByPair),
    };
  }
}
