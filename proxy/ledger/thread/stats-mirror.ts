import { splitByBilling } from "#core/costs/cost-totals.ts";
import { knownSaving, type SavingMeasures } from "#core/costs/known-saving.ts";
import type { RollupMeasures } from "#core/costs/rollup.ts";
import { toDayKey } from "#core/time/instant.ts";
import type { RollupRow } from "#store/rollup-writes.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql.ts";
import {
  emptySums,
  emptyTotals,
  type LedgerStats,
  type OverridePair,
  type StatsSums,
  type StatsTotals,
  type StatsWindows,
} from "../stats.ts";
import { addSaving, addSums, addTotals, mergeSums, noSaving } from "./stats-sums.ts";

const DAY_MS = 86_400_000;
const DAYS_KEPT = 366;
/** Names come from requests: without a bound, invented ones would fill the memory. */
const NAMES_MAX = 500;
const OTHER = "(other)";
const modelEndpoints = ["messages", "batches"];

/** What a rollup row and a single event have in common. */
interface Facts {
  requestedModel: string;
  servedModel: string;
  decision: string;
  project: string;
  billingMode: string;
}

/** A pair with the sums that tell a saving of zero from one that is not known. */
interface Pair extends OverridePair {
  metered: SavingMeasures;
}
type Day = LedgerStats["byDay"][number];

/** The statistics in memory: loaded from the rollups once, then kept up with what was really inserted. */
export class StatsMirror {
  private totals: StatsTotals = emptyTotals();
  private pairs = new Map<string, Pair>();
  private projects = new Map<string, StatsSums>();
  private models = new Map<string, StatsSums>();
  private days = new Map<string, Day>();
  /** Quarter-hour -> project -> sums, the last 48 hours. */
  private quarters = new Map<number, Map<string, StatsSums>>();

  private constructor(readonly zone: string) {}

  static async load(connection: SqlConnection, zone: string, nowMs: number): Promise<StatsMirror> {
    const mirror = new StatsMirror(zone);
    const filters = { endpoint: modelEndpoints };
    const always = { fromDay: "0000-00-00", toDay: "9999-99-99", filters };
    for (const row of await sumRollupDays(connection, always, [
      "requestedModel",
      "servedModel",
      "decision",
      "project",
      "billingMode",
    ])) {
      mirror.addEver(row, row);
    }
    const [everywhere] = await sumRollupDays(connection, { ...always, filters: {} }, []);
    if (everywhere) mirror.addLookUps(everywhere);
    for (const row of await sumRollupDays(connection, always, ["day", "billingMode"]))
      mirror.addDay(row.day, row.billingMode, row);
    const twoDays = { fromMs: nowMs - 2 * DAY_MS, toMs: nowMs + DAY_MS, filters };
    for (const row of await sumRollupQuarters(connection, twoDays, ["bucketS", "project", "billingMode"])) {
      mirror.addQuarter(row.bucketS, row, row);
    }
    return mirror;
  }

  /** Sums of what was new in the database; false when none of it counts here. */
  add(quarters: readonly RollupRow<number>[]): boolean {
    const counted = quarters.filter(({ dims }) => modelEndpoints.includes(dims.endpoint));
    for (const { bucket, dims, measures } of counted) {
      this.addEver(dims, measures);
      this.addDay(toDayKey(bucket * 1000, this.zone), dims.billingMode, measures);
      this.addQuarter(bucket, dims, measures);
    }
    const lookedUp = quarters.filter(({ measures }) => this.addLookUps(measures));
    return counted.length + lookedUp.length > 0;
  }

  snapshot(nowMs: number): Omit<LedgerStats, "databaseBytes" | "lastBackupMs"> {
    const dearest = <Named extends StatsSums>(rows: Named[]) =>
      rows.sort((one, other) => compare(other.costNanoUsd, one.costNanoUsd));
    return {
      asOfMs: nowMs,
      totals: { ...this.totals },
      overridesByPair: [...this.pairs.values()].sort((one, other) => other.count - one.count).map(shownPair),
      byProject: dearest([...this.projects].map(([project, sums]) => ({ project, ...sums }))),
      byModel: dearest([...this.models].map(([model, sums]) => ({ model, ...sums }))),
      byDay: this.lastDays(),
      windows: this.windows(nowMs),
    };
  }

  /** The cache's results are counted at every endpoint; false when there are none. */
  private addLookUps({ cacheHits, cacheMisses, cacheBypasses }: RollupMeasures): boolean {
    this.totals.cacheHits += Number(cacheHits);
    this.totals.cacheMisses += Number(cacheMisses);
    this.totals.cacheBypasses += Number(cacheBypasses);
    return cacheHits + cacheMisses + cacheBypasses > 0n;
  }

  private addEver(facts: Facts, measures: RollupMeasures): void {
    const { billingMode } = facts;
    addTotals(this.totals, billingMode, measures);
    addSums(entry(this.projects, facts.project, emptySums), billingMode, measures);
    addSums(entry(this.models, facts.servedModel || facts.requestedModel, emptySums), billingMode, measures);
    if (facts.decision !== "override") return;
    const { requestedModel, servedModel } = facts;
    const pair = entry(this.pairs, JSON.stringify([requestedModel, servedModel]), (key) => ({
      requestedModel: key === OTHER ? OTHER : requestedModel,
      servedModel: key === OTHER ? OTHER : servedModel,
      count: 0,
      unpriced: 0,
      savedNanoUsd: 0n,
      metered: noSaving(),
    }));
    pair.count += Number(measures.overrides);
    pair.unpriced += Number(measures.unpriced);
    pair.savedNanoUsd += splitByBilling(billingMode, measures).saved;
    if (billingMode !== "subscription") addSaving(pair.metered, measures);
  }

  private addDay(day: string, billingMode: string, measures: RollupMeasures): void {
    const row = this.days.get(day) ?? noSumsOf(day);
    this.days.set(day, row);
    row.requests += Number(measures.requests);
    row.unpriced += Number(measures.unpriced);
    const { cost, saved, planValue } = splitByBilling(billingMode, measures);
    row.costNanoUsd += cost;
    row.savedNanoUsd += saved;
    row.planValueNanoUsd += planValue;
  }

  private addQuarter(
    bucketS: number,
    { project, billingMode }: Pick<Facts, "project" | "billingMode">,
    measures: RollupMeasures,
  ): void {
    const projects = this.quarters.get(bucketS) ?? new Map<string, StatsSums>();
    this.quarters.set(bucketS, projects);
    addSums(entry(projects, project, emptySums), billingMode, measures);
  }

  private lastDays(): Day[] {
    const days = [...this.days.values()].sort((one, other) => (one.day < other.day ? -1 : 1));
    for (const { day } of days.splice(0, Math.max(0, days.length - DAYS_KEPT))) this.days.delete(day);
    return days.map((day) => ({ ...day }));
  }

  private windows(nowMs: number): LedgerStats["windows"] {
    const empty = (): StatsWindows => ({ current: emptySums(), previous: emptySums() });
    const all = empty();
    const byProject = new Map<string, StatsWindows>();
    for (const [bucketS, projects] of this.quarters) {
      const ageMs = nowMs - bucketS * 1000;
      if (ageMs > 2 * DAY_MS) {
        this.quarters.delete(bucketS);
        continue;
      }
      const side = ageMs > DAY_MS ? "previous" : "current";
      for (const [project, sums] of projects) {
        mergeSums(all[side], sums);
        mergeSums(entry(byProject, project, empty)[side], sums);
      }
    }
    return { all, byProject: [...byProject].map(([project, windows]) => ({ project, ...windows })) };
  }
}

/** The value of a key, made when missing; beyond the bound, new keys share one. */
function entry<Value>(map: Map<string, Value>, key: string, make: (key: string) => Value): Value {
  const wanted = map.has(key) || map.size < NAMES_MAX ? key : OTHER;
  const known = map.get(wanted);
  if (known !== undefined) return known;
  const made = make(wanted);
  map.set(wanted, made);
  return made;
}

/** Where the model asked for has no price, the cost of each request is known and the saving of none. */
function shownPair({ metered, ...pair }: Pair): OverridePair {
  return knownSaving([metered]) === null ? { ...pair, unpriced: pair.count } : pair;
}

const compare = (one: bigint, other: bigint): number => (one === other ? 0 : one < other ? -1 : 1);

const noSumsOf = (day: string): Day => ({
  day,
  requests: 0,
  costNanoUsd: 0n,
  savedNanoUsd: 0n,
  planValueNanoUsd: 0n,
  unpriced: 0,
});
