import { setImmediate } from "node:timers/promises";
import type { Actor } from "#core/access/actor.ts";
import { findBudgetsLeft } from "#core/access/budgets-left.ts";
import { hasBudget, type KeyLimits } from "#core/access/key-limits.ts";
import { ORGANISATION } from "#core/access/limit-holder.ts";
import type { AlertFacts } from "#core/alerts/alert-facts.ts";
import { DAY_MS, HOUR_MS } from "#core/alerts/alert-kind.ts";
import { knownWeeks, spendWeeksBefore } from "#core/alerts/spend-weeks.ts";
import { sumMoney } from "#core/costs/known-money.ts";
import { firstQuarterMs, listWatchedInstances } from "#store/alerts.ts";
import { listHolderLimits } from "#store/holder-limits.ts";
import { listUnrevokedProxyKeys, type ProxyKeyRow, toKeyLimits } from "#store/proxy-keys.ts";
import { sumRollupQuarters } from "#store/rollups.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import { countedEndpoints } from "../costs/rows.ts";
import { liveRuleSet } from "../costs/rule-facts.ts";
import { readRulesSinceChange } from "../costs/rules-since-change.ts";
import type { ControlDeps } from "../deps.ts";
import { listLimits } from "../limits/list.ts";
import type { Spent } from "../limits/month-spend.ts";
import { readCertificate } from "./certificate.ts";

/** Reads everything alerts are judged by, from the same sums as the pages that show it. */
export async function readAlertFacts(actor: Actor, deps: ControlDeps, at?: Date): Promise<AlertFacts> {
  const atMs = (at ?? (await deps.sharedNow())).getTime();
  const live = await inTurn(liveRuleSet(deps));
  const latest = await latestRuleVersion(deps.db);
  const liveSinceMs = latest?.publishedAt.getTime() ?? atMs;
  const rules = await inTurn(readRulesSinceChange({}, deps));
  const hour = await inTurn(
    sumRollupQuarters(deps.reports, { ...lastHour(atMs), filters: { endpoint: countedEndpoints } }, []),
  );
  const lastDay = { fromMs: atMs - DAY_MS, toMs: afterNow(atMs) };
  const day = await inTurn(sumRollupQuarters(deps.reports, lastDay, ["endpoint", "servedModel"]));
  const spend = await inTurn(spendFacts(atMs, deps));
  const instances = await inTurn(listWatchedInstances(deps.db));
  const keys = await inTurn(listUnrevokedProxyKeys(deps.db));
  const budgets = await inTurn(budgetFacts(actor, keys, deps));
  const hits = day.reduce((sum, row) => sum + Number(row.cacheHits), 0);
  const misses = day.reduce((sum, row) => sum + Number(row.cacheMisses), 0);
  return {
    atMs,
    rules,
    live: live && {
      version: live.number,
      sinceMs: liveSinceMs,
      isEnabled: live.ruleSet.enabled,
      enabledRules: live.ruleSet.rules.filter(({ enabled }) => enabled).length,
    },
    areRulesUnreadable: latest !== null && live === null,
    lastHour: { requests: Number(hour[0]?.requests ?? 0n), overrides: Number(hour[0]?.overrides ?? 0n) },
    cacheDay: live?.ruleSet.cache.enabled ? { hits, misses } : null,
    unpriced: countUnpriced(day.filter(({ endpoint }) => countedEndpoints.includes(endpoint))),
    instances,
    spend,
    budgets,
    certificate: await readCertificate(deps.config.publicUrl, atMs),
    keys: keys.flatMap(({ id, name, person, expiresAt }) =>
      expiresAt === null ? [] : [{ id, name, owner: person?.name ?? null, expiresAtMs: expiresAt.getTime() }],
    ),
  };
}

/** SQLite answers without a wait: between two of these reads pages have their turn. */
async function inTurn<T>(read: Promise<T>): Promise<T> {
  const value = await read;
  await setImmediate();
  return value;
}

/** The quarter-hour under way counts: the end is rounded down. */
const afterNow = (atMs: number): number => atMs + HOUR_MS / 4;
const lastHour = (atMs: number) => ({ fromMs: atMs - HOUR_MS, toMs: afterNow(atMs) });

function countUnpriced(rows: readonly { servedModel: string; unpriced: bigint }[]): AlertFacts["unpriced"] {
  const byModel = new Map<string, number>();
  for (const { servedModel, unpriced } of rows)
    if (unpriced > 0n) {
      const model = servedModel || "no model";
      byModel.set(model, (byModel.get(model) ?? 0) + Number(unpriced));
    }
  return [...byModel].map(([model, requests]) => ({ model, requests }));
}

async function spendFacts(atMs: number, deps: ControlDeps): Promise<AlertFacts["spend"]> {
  const spentIn = async (toMs: number) => {
    const span = { ...lastHour(toMs), filters: { endpoint: countedEndpoints } };
    return sumMoney(await sumRollupQuarters(deps.reports, span, ["billingMode", "decision"])).cost;
  };
  const known = spendWeeksBefore(atMs, await firstQuarterMs(deps.db));
  const [hourNanoUsd, weeksNanoUsd] = await Promise.all([spentIn(atMs), Promise.all(known.map(spentIn))]);
  return { hourNanoUsd, weeksNanoUsd: knownWeeks(weeksNanoUsd) };
}

type BudgetFacts = AlertFacts["budgets"][number];

async function budgetFacts(actor: Actor, keys: readonly ProxyKeyRow[], deps: ControlDeps): Promise<BudgetFacts[]> {
  const holders = await listHolderLimits(deps.db);
  // Most installations have none, and the spending of a month is the dearest thing to read.
  if (![...holders.map(({ limits }) => limits), ...keys.map(toKeyLimits)].some(hasBudget)) return [];
  const view = await listLimits(actor, deps);
  const { organisation } = view;
  const month = view.period.fromDay;
  const of = (kind: BudgetFacts["kind"], id: string, name: string, limits: KeyLimits | null, spent?: Spent) =>
    limits === null || spent === undefined ? [] : listBudgets({ kind, id, name, month }, limits, spent);
  return [
    ...view.people
      .filter(({ isDisabled }) => !isDisabled)
      .flatMap(({ id, name, limits, spent }) => of("person", id, name, limits, spent)),
    ...view.teams.flatMap(({ name, limits, spent }) => of("team", name, name, limits, spent)),
    ...view.projects.flatMap(({ name, limits, spent }) => of("project", name, name, limits, spent)),
    ...of("organisation", ORGANISATION, organisation?.name ?? "", organisation?.limits ?? null, organisation?.spent),
    ...keys.flatMap((key) => of("key", key.id, key.name, toKeyLimits(key), view.spentByKey[key.id])),
  ];
}

function listBudgets(
  holder: Pick<BudgetFacts, "kind" | "id" | "name" | "month">,
  limits: KeyLimits,
  spent: Spent,
): BudgetFacts[] {
  return findBudgetsLeft(limits, spent).map(({ kind, limitNanoUsd, spentNanoUsd: usedNanoUsd }) => {
    return { ...holder, isPlan: kind === "plan", limitNanoUsd, usedNanoUsd };
  });
}
