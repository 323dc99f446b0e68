import { RaisesInForce } from "#core/access/budget-raise.ts";
import { HolderTable } from "#core/access/holder-table.ts";
import type { ControlState, LedgerClient } from "../ledger/client/ledger-client.ts";
import type { LiveCounters } from "../process/proxy-context.ts";
import type { KeyHolder } from "../request/find-caller.ts";
import { UnknownKeys } from "./unknown-keys.ts";

type AccessToken = ControlState["accessTokens"][number];

/**
 * Table of live proxy keys and access tokens by the hash of their secret. It also holds the holders whose limits apply
 * to the keys. Rebuilt only when the ledger's state changes.
 */
export class SecretTable {
  private keys: ReadonlyMap<string, KeyHolder> | null = null;
  private tokens: ReadonlyMap<string, AccessToken> = new Map();
  /** Of persons, teams and projects. */
  holders = new HolderTable([]);

  /** One for both kinds: so is the bound on what a flood of made-up ones costs the database. */
  private readonly unknown: UnknownKeys;

  constructor(private readonly ledger: LedgerClient) {
    this.unknown = new UnknownKeys(
      () => ledger.lookAgain(),
      (hash) => this.current()?.has(hash) === true || this.token(hash) !== null,
    );
    let endOfRaise: NodeJS.Timeout | undefined;
    const take = (state: ReturnType<LedgerClient["state"]>) => {
      if (state === null) return;
      const raises = new RaisesInForce(state.budgetRaises, Date.now());
      const holders = new HolderTable(state.holderLimits, raises);
      this.holders = holders;
      this.keys = new Map(state.proxyKeys.map((key) => [key.keyHash, { ...key, own: holders.findOwn(key) }]));
      this.tokens = new Map(state.accessTokens.map((token) => [token.tokenHash, token]));
      clearTimeout(endOfRaise);
      if (raises.nextEndMs !== null) endOfRaise = lookWhenEnded(raises.nextEndMs, () => take(ledger.state()));
    };
    take(ledger.state());
    ledger.onState(take);
  }

  /** Null while they are not known, or when the database has not confirmed them for too long. */
  current(): ReadonlyMap<string, KeyHolder> | null {
    return this.ledger.areKeysKnown() ? this.keys : null;
  }

  /** Null also while none are known; expiry is the reader's to check. */
  token(hash: string): AccessToken | null {
    return this.ledger.areKeysKnown() ? (this.tokens.get(hash) ?? null) : null;
  }

  /**
   * Asks the database about a key or token that is not in the table. Resolves at once where the database may not be
   * asked.
   */
  find(hash: string): Promise<void> {
    return this.unknown.find(hash);
  }
}

/** Longest wait for the end of a raise: a clock that is set meanwhile moves it. */
const LOOK_EVERY_MS = 60_000;

/** Calls back when the instant has passed, or after a minute to look again. Holds no process up. */
function lookWhenEnded(endsAtMs: number, look: () => void): NodeJS.Timeout {
  return setTimeout(look, Math.min(LOOK_EVERY_MS, Math.max(1, endsAtMs - Date.now()))).unref();
}

/**
 * Overrides of all times. Alone: those the database knew when this process began, and this process's own. With other workers:
 * those the database knew a moment ago, and this process's own since; what others did in that moment is not in it.
 */
export class OverrideTally {
  private readonly ledger: LedgerClient;
  private readonly live: LiveCounters;
  private before: number | null = null;
  private ownBefore = 0;

  constructor(ledger: LedgerClient, live: LiveCounters, isAlone: boolean) {
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
      savedNanoUsd: this.ledger.stats().totals.money.saved,
    };
  }
}
