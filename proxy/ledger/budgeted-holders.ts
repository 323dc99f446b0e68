import { hasBudget } from "#core/access/key-limits.ts";
import { EVERY_PERSON, HOLDER_DIMS, type HolderKind, ORGANISATION, toCounterName } from "#core/access/limit-holder.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Unrecorded } from "../keys/spending.ts";
import type { ControlState } from "./control-state.ts";

/** Who has a budget, by kind; null: all of that kind. */
export type Budgeted = ReadonlyMap<HolderKind, ReadonlySet<string> | null>;

/** The holders that have a budget of dollars or of plan value. */
export function findBudgeted({ proxyKeys, holderLimits }: ControlState): Budgeted {
  const found = new Map<HolderKind, Set<string> | null>();
  const add = (kind: HolderKind, id: string) => {
    const ids = found.get(kind);
    if (ids === undefined) found.set(kind, new Set([id]));
    else ids?.add(id);
  };
  for (const { id, limits } of proxyKeys) if (limits !== null && hasBudget(limits)) add("key", id);
  for (const { kind, holder, limits } of holderLimits) if (hasBudget(limits)) add(kind, holder);
  if (found.get("person")?.has(EVERY_PERSON)) found.set("person", null);
  return found;
}

/** The counters of those holders that a request counts for. */
export function findCounters(budgeted: Budgeted, event: RequestEvent): string[] {
  const counters: string[] = [];
  for (const [kind, ids] of budgeted) {
    const dim = HOLDER_DIMS[kind];
    const id = dim === null ? ORGANISATION : event[dim];
    if (id !== null && (ids === null || ids.has(id))) counters.push(toCounterName({ kind, id }));
  }
  return counters;
}

/** What these events use up of budgets; those whose price is not known use up nothing, as in the sums. */
export function toUnrecorded(budgeted: Budgeted, events: readonly RequestEvent[]): Unrecorded[] {
  return events.flatMap((event) => {
    const { id, startedAtMs, billingMode: mode, costNanoUsd, servedModel: model } = event;
    const counters = costNanoUsd === null ? [] : findCounters(budgeted, event);
    return counters.length === 0
      ? []
      : [{ counters, mode, settled: { id, startedAtMs, nanoUsd: Number(costNanoUsd), model } }];
  });
}
