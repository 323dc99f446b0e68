import type { BillingMode } from "../activity/request-event.ts";
import { findBudget, isCounted, type KeyLimits } from "./key-limits.ts";

const holderKinds = ["key", "person", "team", "project"] as const;
export type HolderKind = (typeof holderKinds)[number];

/** In place of a person's id: what applies to every person who has no limits of their own, also to those who come later. */
export const EVERY_PERSON = "*";

/** A key, person, team or project that has limits. Its counters are pooled over every key and instance. */
export interface LimitHolder {
  kind: HolderKind;
  /** The id of the key or person; the name of the team or project. */
  id: string;
  limits: KeyLimits;
}

/** Every holder whose limits apply to one request, narrowest first; built once per key, not once per request. */
export interface HeldBy {
  all: readonly LimitHolder[];
  /** Those of them that the gate has to count for. */
  counted: readonly LimitHolder[];
  /** The counter of each of these, in the same order. */
  counters: readonly string[];
  /** Whether the gate has to be asked for a request that is billed so: a budget of the other kind counts nothing of it. */
  isAsked: Readonly<Record<BillingMode, boolean>>;
  /** The counters of those that have a budget for requests that are billed so. */
  budgeted: Readonly<Record<BillingMode, readonly string[]>>;
}

/** One name for the counter of a holder; kinds cannot collide. */
export const counterOf = ({ kind, id }: Pick<LimitHolder, "kind" | "id">): string => `${kind}:${id}`;

const ORDER: Readonly<Record<HolderKind, number>> = { key: 0, person: 1, team: 2, project: 3 };

/** The holders of one request in the order in which they are asked; null when none applies. */
export function buildHeldBy(holders: readonly LimitHolder[]): HeldBy | null {
  if (holders.length === 0) return null;
  const all = [...holders].sort((a, b) => ORDER[a.kind] - ORDER[b.kind]);
  const counted = all.filter(({ limits }) => isCounted(limits));
  const budgeted = (mode: BillingMode) =>
    counted.filter(({ limits }) => findBudget(limits, mode) !== null).map(counterOf);
  const hasCounts = counted.some(({ limits }) => limits.requestsPerMinute !== null || limits.openRequestsMax !== null);
  const [metered, subscription] = [budgeted("metered"), budgeted("subscription")];
  return {
    all,
    counted,
    counters: counted.map(counterOf),
    isAsked: { metered: hasCounts || metered.length > 0, subscription: hasCounts || subscription.length > 0 },
    budgeted: { metered, subscription },
  };
}

/** Whose limit it is, for the text of a refusal. */
export function formatHolder({ kind, id }: Pick<LimitHolder, "kind" | "id">): string {
  if (kind === "key") return "this proxy key";
  return kind === "person" ? "the owner of this proxy key" : `the ${kind} ${id}`;
}
