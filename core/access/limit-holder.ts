import type { BillingMode } from "../activity/request-event.ts";
import { findBudget, isCounted, type KeyLimits } from "./key-limits.ts";

export const holderKinds = ["key", "person", "team", "project", "organisation"] as const;
export type HolderKind = (typeof holderKinds)[number];

/** How rollups and events name what a holder's requests have in common; the organisation has all requests. */
export const HOLDER_DIMS = {
  key: "proxyKeyId",
  person: "personId",
  team: "team",
  project: "project",
  organisation: null,
} as const satisfies Record<HolderKind, string | null>;

/** Pseudo-id for the limits of every person who has no individual limits, including people who join later. */
export const EVERY_PERSON = "*";

/** Id of the one organisation, whose limits hold every request. */
export const ORGANISATION = "*";

/** A key, person, team or project that has limits, or the organisation. Its counters are shared by all keys and instances. */
export interface LimitHolder {
  kind: HolderKind;
  /** Id of the key or person; name of the team or project; `ORGANISATION`. */
  id: string;
  limits: KeyLimits;
}

/** Holders whose limits apply to one request, narrowest first; built once per key, not per request. */
export interface HeldBy {
  all: readonly LimitHolder[];
  /** Holders for which the key limiter has to count. */
  counted: readonly LimitHolder[];
  /** Counter name of each of these, in the same order. */
  counters: readonly string[];
  /**
   * Whether the key limiter has to be asked for requests of a billing mode. A budget of the other mode does not count
   * them.
   */
  isAsked: Readonly<Record<BillingMode, boolean>>;
  /** Counters of the holders that have a budget for a billing mode. */
  budgeted: Readonly<Record<BillingMode, readonly string[]>>;
}

/** Builds the name of a holder's counter; kinds cannot collide. */
export const toCounterName = ({ kind, id }: Pick<LimitHolder, "kind" | "id">): string => `${kind}:${id}`;

const ORDER: Readonly<Record<HolderKind, number>> = { key: 0, person: 1, team: 2, project: 3, organisation: 4 };

/** Orders the holders of one request as they are checked; null when none applies. */
export function buildHeldBy(holders: readonly LimitHolder[]): HeldBy | null {
  if (holders.length === 0) return null;
  const all = [...holders].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  const counted = all.filter(({ limits }) => isCounted(limits));
  const budgeted = (mode: BillingMode) =>
    counted.filter(({ limits }) => findBudget(limits, mode) !== null).map(toCounterName);
  const hasCounts = counted.some(({ limits }) => limits.requestsPerMinute !== null || limits.openRequestsMax !== null);
  const [metered, subscription] = [budgeted("metered"), budgeted("subscription")];
  return {
    all,
    counted,
    counters: counted.map(toCounterName),
    isAsked: { metered: hasCounts || metered.length > 0, subscription: hasCounts || subscription.length > 0 },
    budgeted: { metered, subscription },
  };
}

/** The same holders without their rates: for a request that was counted by them before. Null when nothing else is counted. */
export const withoutRates = ({ counted }: HeldBy): HeldBy | null =>
  buildHeldBy(counted.map((holder) => ({ ...holder, limits: { ...holder.limits, requestsPerMinute: null } })));

/** Names the holder for the text of a refusal. */
export function formatHolder({ kind, id }: Pick<LimitHolder, "kind" | "id">): string {
  if (kind === "key") return "this proxy key";
  if (kind === "organisation") return "this organisation";
  return kind === "person" ? "the owner of this proxy key" : `the ${kind} ${id}`;
}
