import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { type BudgetLeft, findBudgetsLeft } from "#core/access/budgets-left.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { sumTotals } from "#core/costs/cost-totals.ts";
import { type FiguresView, figuresView } from "#core/costs/figures.ts";
import { parseRange } from "#core/time/range.ts";
import type { EventFilter } from "#store/event-filter.ts";
import { listEvents } from "#store/events.ts";
import { countedEndpoints, dayRows } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import type { KnownKey } from "../keys/check.ts";
import { findApplying, listOwnLimits } from "../limits/list.ts";
import { reportingZone } from "../settings/read.ts";

export const ownUsageInput = z.object({
  /** Session whose served model is asked for; without it none is. */
  session: z.string().max(256).optional(),
});

export interface OwnUsage {
  /** Current day of the reporting zone, which the figures are of. */
  day: string;
  zone: string;
  today: FiguresView;
  /** What is left of the month: of each kind, the budget with the least left of all that apply. */
  left: { kind: BudgetLeft["kind"]; leftNanoUsd: string; limitNanoUsd: string }[];
  /** Newest request of the session that is no sub-agent's; null where there is none. */
  latest: { requested: string | null; served: string | null } | null;
}

/** Requests of a session that are read back: most of the newest may be those of sub-agents. */
const LATEST_WITHIN = 50;

/** Reads today's figures of a person's requests, or of those with one proxy key, from the rows that Costs sums. */
export async function readOwnUsage(
  caller: { actor: Actor } | { key: KnownKey },
  input: unknown,
  deps: ControlDeps,
): Promise<OwnUsage> {
  if ("actor" in caller) requirePermission(caller.actor, "own-requests.read");
  const { session } = parseInput(ownUsageInput, input);
  const range = parseRange("today", await reportingZone(deps), deps.now().getTime());
  const isKey = "key" in caller;
  const filter = isKey ? { key: [caller.key.id] } : { person: [caller.actor.id] };
  const whose: EventFilter = isKey ? { proxyKeyId: caller.key.id } : { personId: caller.actor.id };
  const [rows, { applies }, latest] = await Promise.all([
    dayRows({ range, filter }, [], deps),
    isKey ? findApplying(caller.key.person, [caller.key], deps) : listOwnLimits(caller.actor, deps),
    session ? findLatest({ ...whose, sessionId: session }, deps) : null,
  ]);
  const budgets = applies.flatMap(({ limits, spent }) => findBudgetsLeft(limits, spent));
  return { day: range.today, zone: range.zone, today: figuresView(sumTotals(rows)), left: leastLeft(budgets), latest };
}

function leastLeft(budgets: readonly BudgetLeft[]): OwnUsage["left"] {
  return (["dollars", "plan"] as const).flatMap((kind) => {
    const [first, ...others] = budgets.filter((budget) => budget.kind === kind);
    if (first === undefined) return [];
    const least = others.reduce((a, b) => (b.leftNanoUsd < a.leftNanoUsd ? b : a), first);
    return [{ kind, leftNanoUsd: String(least.leftNanoUsd), limitNanoUsd: String(least.limitNanoUsd) }];
  });
}

async function findLatest(filter: EventFilter, deps: ControlDeps): Promise<OwnUsage["latest"]> {
  const events = await listEvents(deps.reports, { ...filter, endpoint: countedEndpoints }, { take: LATEST_WITHIN });
  const own = events.find(({ agentId, status }) => agentId === null && status < 400);
  return own === undefined ? null : { requested: own.requestedModel, served: own.servedModel };
}
