import * as z from "zod";
import { cacheLines } from "#config/cache-lines.ts";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { CacheInstance, CacheOverview, CachePoint, CacheSettingsView } from "#core/cache/cache-overview.ts";
import { joinedReports, readCacheReport } from "#core/cache/cache-report.ts";
import { NEVER_STORED } from "#core/cache/cacheable.ts";
import { computeHitRate } from "#core/cache/hit-rate.ts";
import { rangeView } from "#core/costs/chart-series.ts";
import { sumMoney } from "#core/costs/known-money.ts";
import { findTier } from "#core/costs/model-key.ts";
import { chooseSlotUnit, listSlots, slotKeyOfDay, slotKeyOfInstant } from "#core/costs/slots.ts";
import { EMPTY_RULE_SET } from "#core/rules/rule-set.ts";
import { isRangeText, parseRange, type TimeRange } from "#core/time/range.ts";
import { readCacheUses } from "#store/cache-uses.ts";
import { type InstanceRow, listLiveInstances } from "#store/live-instances.ts";
import { type RollupGroup, sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import { toDays } from "../activity/series.ts";
import { countedEndpoints } from "../costs/rows.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { silentMs } from "../rules/read-convergence.ts";
import { readRulesText } from "../rules/rules-text.ts";
import { reportingZone } from "../settings/read.ts";

export const cacheOverviewInput = z.object({
  range: z.string().default("7d").refine(isRangeText, "Use today, 7d, 30d, a day, or 2026-10-01..2026-11-01."),
});

/** Maximum number of entries shown, the most recently stored of all instances. */
const entriesMax = 50;

/** Reads the state, effect and settings of the response cache. */
export async function readCacheOverview(actor: Actor, input: unknown, deps: ControlDeps): Promise<CacheOverview> {
  requirePermission(actor, "cache.read");
  const { range: text } = parseInput(cacheOverviewInput, input);
  const range = parseRange(text, await reportingZone(deps), deps.now().getTime());
  const seenSince = new Date((await deps.sharedNow()).getTime() - silentMs);
  const [rows, uses, settings, live] = await Promise.all([
    slotRows(range, deps),
    readCacheUses(deps.reports, range),
    cacheSettings(deps),
    listLiveInstances(deps.db, seenSince),
  ]);
  const instances = live.map(toInstance);
  const reports = live.flatMap((row) => readCacheReport(row.cacheReport) ?? []);
  const { items, bytes, bytesMax, entries } = joinedReports(reports, entriesMax);
  return {
    range: rangeView(range),
    settings,
    ledger: sumLedger(rows),
    points: buildPoints(range, rows),
    tokensAvoided: uses.tokensAvoided,
    now: { items, bytes, bytesMax },
    instances,
    bypasses: uses.bypasses.map(({ reason, count }) => ({ reason, why: whyNot(reason), count })),
    entries: entries.map((entry) => ({ ...entry, tier: findTier(deps.config.catalogue, entry.model) })),
  };
}

type SlotRow = RollupGroup<"billingMode" | "decision" | "endpoint"> & { slot: string };

/** Counts look-ups at every endpoint: the cache also serves requests that are no model requests. */
async function slotRows(range: TimeRange, deps: ControlDeps): Promise<SlotRow[]> {
  const unit = chooseSlotUnit(range);
  if (unit === "hour") {
    const span = { fromMs: range.fromMs, toMs: range.toMs };
    const rows = await sumRollupQuarters(deps.reports, span, ["billingMode", "decision", "endpoint", "bucketS"]);
    return rows.map((row) => ({ ...row, slot: slotKeyOfInstant(row.bucketS * 1000, range) }));
  }
  const rows = await sumRollupDays(deps.reports, toDays(range), ["billingMode", "decision", "endpoint", "day"]);
  return rows.map((row) => ({ ...row, slot: slotKeyOfDay(row.day, unit) }));
}

function sumLedger(rows: readonly SlotRow[]): CacheOverview["ledger"] {
  const sum = (of: (row: SlotRow) => bigint) => rows.reduce((total, row) => total + of(row), 0n);
  const hits = sum((row) => row.cacheHits);
  const misses = sum((row) => row.cacheMisses);
  // Other calls have no price: their hits make nothing unknown.
  const isCounted = (row: SlotRow) => countedEndpoints.includes(row.endpoint);
  const { avoided } = sumMoney(rows.map((row) => (isCounted(row) ? row : { ...row, cacheHits: 0n, unpriced: 0n })));
  return {
    hits: Number(hits),
    misses: Number(misses),
    bypasses: Number(sum((row) => row.cacheBypasses)),
    otherBypasses: Number(sum((row) => (isCounted(row) ? 0n : row.cacheBypasses))),
    hitRate: computeHitRate({ hits, misses }),
    avoidedNanoUsd: avoided?.toString() ?? null,
  };
}

function buildPoints(range: TimeRange, rows: readonly SlotRow[]): CachePoint[] {
  return listSlots(range).map((slot) => {
    const own = rows.filter((row) => row.slot === slot.key);
    if (own.length === 0) return { ...slot, counts: null };
    const { hits, misses, bypasses } = sumLedger(own);
    return { ...slot, counts: { hits, misses, bypasses } };
  });
}

async function cacheSettings(deps: ControlDeps): Promise<CacheSettingsView> {
  const row = await latestRuleVersion(deps.db);
  const parsed = row && (await readRulesText(row.toml, deps));
  const { cache } = parsed?.ok ? parsed.ruleSet : EMPTY_RULE_SET;
  return { cache, version: row?.number ?? null, lines: cacheLines(row?.toml ?? "") };
}

function toInstance({ id, hostname, cacheReport }: InstanceRow): CacheInstance {
  const report = readCacheReport(cacheReport);
  if (report === null) return { id, hostname, report: null };
  const { items, bytes, bytesMax, shared } = report;
  return { id, hostname, report: { items, bytes, bytesMax, shared } };
}

const whyNot = (reason: string): string =>
  NEVER_STORED.find((row) => row.reason === reason)?.why ?? "A reason recorded by another release.";
