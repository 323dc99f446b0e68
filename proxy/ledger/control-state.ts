import type { BudgetRaise } from "#core/access/budget-raise.ts";
import type { StoredLimits } from "#core/access/holder-table.ts";
import { type CachePurges, readPurges } from "#core/cache/purges.ts";
import { listBudgetRaises, toBudgetRaise } from "#store/budget-raises.ts";
import {
  type AccessTokenState,
  hasPeople,
  liveAccessTokens,
  liveHolderLimits,
  liveProxyKeys,
  type ProxyKeyState,
} from "#store/callers.ts";
import { type LatestPrices, latestPrices } from "#store/price-versions.ts";
import { readRevision } from "#store/revision.ts";
import { draftHeaderNames } from "#store/rule-drafts.ts";
import { type LatestRules, latestRules } from "#store/rule-versions.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";

/** Decisions made in the console that every instance acts upon. Read again whenever the revision grows. */
export interface ControlState {
  revision: number;
  /** The published version; null before any was published. */
  rules: LatestRules | null;
  /** The own prices in force; null before any were saved. */
  prices: LatestPrices | null;
  /**
   * Keys that are not revoked, and not of a disabled person. Expiry is the reader's to check: it comes without a
   * change.
   */
  proxyKeys: ProxyKeyState[];
  /** Limits of persons, teams and projects; those of keys stand with the keys. */
  holderLimits: StoredLimits[];
  /** Budgets that are larger for a time. That one has ended is the reader's to check: it comes without a change. */
  budgetRaises: BudgetRaise[];
  accessTokens: AccessTokenState[];
  settings: {
    organisation: string;
    reportingZone: string;
    /** Hash of the rules file when it was last imported or written; null when there never was one. */
    rulesFileHash: string | null;
  };
  hasPeople: boolean;
  /** Purges of the response cache, with their order: by number, not by clock. */
  cachePurges: CachePurges;
  /** Headers that rules of drafts name, in alphabetical order: their values are recorded too. */
  draftHeaders: string[];
}

/**
 * Reads the control state, the revision first. Should a change slip in between, the next poll sees a newer number and
 * reads again.
 */
export async function readControlState(connection: SqlConnection, defaultZone: string): Promise<ControlState> {
  return {
    revision: await readRevision(connection),
    rules: await latestRules(connection),
    prices: await latestPrices(connection),
    proxyKeys: await liveProxyKeys(connection),
    holderLimits: await liveHolderLimits(connection),
    budgetRaises: (await listBudgetRaises(connection, Date.now())).map(toBudgetRaise),
    accessTokens: await liveAccessTokens(connection),
    settings: {
      organisation: (await readSetting(connection, settingKey.organisation)) ?? "",
      reportingZone: (await readSetting(connection, settingKey.reportingZone)) ?? defaultZone,
      rulesFileHash: await readSetting(connection, settingKey.rulesFileHash),
    },
    hasPeople: await hasPeople(connection),
    cachePurges: readPurges(await readSetting(connection, settingKey.cachePurges)),
    draftHeaders: await draftHeaderNames(connection),
  };
}
