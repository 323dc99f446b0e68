import { setImmediate } from "node:timers/promises";
import { DAY_MS } from "#core/alerts/alert-kind.ts";
import { type AlertPast, noSums, type PastSums, type PastVersion, REPLAYED_DAYS } from "#core/alerts/replay.ts";
import { SPEND_WEEKS_MS } from "#core/alerts/spend-weeks.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { firstQuarterMs } from "#store/alerts.ts";
import { sumRollupQuarters } from "#store/rollups.ts";
import { latestVersionBefore, ruleVersionsBetween } from "#store/rule-versions.ts";
import { countedEndpoints } from "../costs/rows.ts";
import { ruleSetOfVersion } from "../costs/rule-facts.ts";
import type { ControlDeps } from "../deps.ts";

/** For so long the same past serves: a person types several numbers after each other. */
const KEPT_MS = 600_000;

let lastRead: { db: ControlDeps["db"]; atMs: number; past: Promise<AlertPast> } | null = null;

/** Reads what alerts of the last 90 days would have been judged by; ten minutes old at most. */
export function readAlertPast(deps: ControlDeps): Promise<AlertPast> {
  const atMs = deps.now().getTime();
  if (lastRead?.db === deps.db && Math.abs(atMs - lastRead.atMs) < KEPT_MS) return lastRead.past;
  const past = readPast(atMs, deps);
  const read = { db: deps.db, atMs, past };
  lastRead = read;
  past.catch(() => {
    if (lastRead === read) lastRead = null;
  });
  return past;
}

async function readPast(atMs: number, deps: ControlDeps): Promise<AlertPast> {
  const fromMs = atMs - REPLAYED_DAYS * DAY_MS - SPEND_WEEKS_MS;
  const firstMs = await firstQuarterMs(deps.db);
  const quarters = new Map<number, PastSums>();
  // A day at a time: SQLite answers without a wait, and between two reads pages have their turn.
  for (let dayMs = Math.max(fromMs, firstMs ?? atMs); dayMs < atMs; dayMs += DAY_MS) {
    const span = { fromMs: dayMs, toMs: Math.min(dayMs + DAY_MS, atMs) };
    for (const row of await sumRollupQuarters(deps.reports, span, ["bucketS", "endpoint", "billingMode"])) {
      const sums = quarters.get(row.bucketS * 1_000) ?? noSums();
      quarters.set(row.bucketS * 1_000, sums);
      sums.hits += Number(row.cacheHits);
      sums.misses += Number(row.cacheMisses);
      if (!countedEndpoints.includes(row.endpoint)) continue;
      sums.requests += Number(row.requests);
      sums.overrides += Number(row.overrides);
      if (isPlan(row.billingMode)) continue;
      sums.costNanoUsd += row.costNanoUsd;
      sums.unpriced += row.unpriced;
    }
    await setImmediate();
  }
  return { quarters, firstMs, versions: await readVersions(fromMs, atMs, deps) };
}

/** Versions of the span and the one before. One whose text cannot be read any more has no rules. */
async function readVersions(fromMs: number, toMs: number, deps: ControlDeps): Promise<PastVersion[]> {
  const before = await latestVersionBefore(deps.db, new Date(fromMs));
  const within = await ruleVersionsBetween(deps.db, new Date(fromMs), new Date(toMs));
  const versions: PastVersion[] = [];
  for (const version of before === null ? within : [before, ...within]) {
    const ruleSet = await ruleSetOfVersion(version, deps);
    await setImmediate();
    versions.push({
      number: version.number,
      publishedMs: version.publishedAt.getTime(),
      isEnabled: ruleSet?.enabled ?? false,
      enabledRules: ruleSet?.rules.filter(({ enabled }) => enabled).length ?? 0,
      isCacheOn: ruleSet?.cache.enabled ?? false,
    });
  }
  return versions;
}
