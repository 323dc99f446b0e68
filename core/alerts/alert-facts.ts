import type { RuleSinceChange } from "#core/costs/error-jumps.ts";
import type { HolderKind } from "../access/limit-holder.ts";

/** Everything alerts are judged by, read at one moment. Money in nano-dollars. Numbers and names only. */
export interface AlertFacts {
  atMs: number;
  /** Live rules, each with its requests since it has its present form, as Overview has them. */
  rules: readonly RuleSinceChange[];
  /** Null: there are none, or `areRulesUnreadable`. */
  live: LiveRules | null;
  /** The live version is there and cannot be read any more: of what goes by it nothing is known. */
  areRulesUnreadable?: boolean;
  /** Model requests of the last hour, to the quarter-hour. */
  lastHour: { requests: number; overrides: number };
  /** Look-ups in the response cache in the last 24 hours; null while the cache is off. */
  cacheDay: { hits: number; misses: number } | null;
  /** Requests of the last 24 hours whose served model has no price, by model. */
  unpriced: readonly { model: string; requests: number }[];
  instances: readonly InstanceFacts[];
  /**
   * Metered spend of the last hour, and of that hour in earlier weeks. That is the same hour of the same weekday in the
   * weeks before that have traffic.
   */
  spend: { hourNanoUsd: bigint | null; weeksNanoUsd: readonly bigint[] };
  budgets: readonly BudgetFacts[];
  /** Of CCO's public address; null where that is not https, `expiresAtMs` null while it cannot be read. */
  certificate: { host: string; expiresAtMs: number | null } | null;
  keys: readonly { id: string; name: string; owner: string | null; expiresAtMs: number }[];
}

interface LiveRules {
  version: number;
  /** When this version was published. */
  sinceMs: number;
  isEnabled: boolean;
  enabledRules: number;
}

interface InstanceFacts {
  id: string;
  hostname: string;
  seenAtMs: number;
  /** Bytes of records that are not in the database yet; null where a release does not say. */
  waitingBytes: number | null;
  oldestWaitingMs: number | null;
}

interface BudgetFacts {
  kind: HolderKind;
  id: string;
  name: string;
  /** Whether it counts plan value of subscriptions and not spend. */
  isPlan: boolean;
  /** Null: not known. */
  usedNanoUsd: bigint | null;
  limitNanoUsd: bigint;
  /** First day of its month. */
  month: string;
}
