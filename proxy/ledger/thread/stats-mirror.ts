import { addMoney, deriveMoney, isPlan, type MoneySums, noMoney } from "#core/costs/known-money.ts";
import type { RollupMeasures } from "#core/costs/rollup.ts";
import { toDayKey } from "#core/time/instant.ts";
import type { RollupRow } from "#store/rollup-writes.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { LedgerStats, OverridePair } from "../stats.ts";
import {
  addSums,
  addTotals,
  type LiveSums,
  type LiveTotals,
  mergeSums,
  noSums,
  noTotals,
  shownSums,
} from "./stats-sums.ts";

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

type Day = { day: string; requests: number; money: MoneySums };

/** The statistics in memory: loaded from the rollups once, then kept up with what was really inserted. */
export class StatsMirror {
  private totals: LiveTotals = noTotals();
  private pairs = new Map<string, OverridePair>();
  private projects = new Map<string, LiveSums>();
  private models = new Map<string, LiveSums>();
  private days = new Map<string, Day>();
  /** Quarter-hour -> project -> sums, the last 48 hours. */
  private quarters = new Map<number, Map<string, LiveSums>>();

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
    for (const row of await sumRollupDays(connection, always, ["day", "billingMode", "decision"]))
      mirror.addDay(row.day, row, row);
    const twoDays = { fromMs: nowMs - 2 * DAY_MS, toMs: nowMs + DAY_MS, filters };
    const quarterDims = ["bucketS", "project", "billingMode", "decision"] as const;
    for (const row of await sumRollupQuarters(connection, twoDays, quarterDims)) {
      mirror.addQuarter(row.bucketS, row, row);
    }
    return mirror;
  }

  /** Sums of what was new in the database; false when none of it counts here. */
  add(quarters: readonly RollupRow<number>[]): boolean {
    const counted = quarters.filter(({ dims }) => modelEndpoints.includes(dims.endpoint));
    for (const { bucket, dims, measures } of counted) {
      this.addEver(dims, measures);
      this.addDay(toDayKey(bucket * 1000, this.zone), dims, measures);
      this.addQuarter(bucket, dims, measures);
    }
    const lookedUp = quarters.filter(({ measures }) => this.addLookUps(measures));
    return counted.length + lookedUp.length > 0;
  }

  snapshot(nowMs: number): Omit<LedgerStats, "databaseBytes" | "lastBackupMs"> {
    const dearest = <Named extends LiveSums>(rows: Named[]) =>
      rows
        .sort((one, other) => compare(other.money.metered.costNanoUsd, one.money.metered.costNanoUsd))
        .map((row) => shownSums(row));
    return {
      asOfMs: nowMs,
      totals: shownSums(this.totals),
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
    addTotals(this.totals, facts, measures);
    addSums(entry(this.projects, facts.project, noSums), facts, measures);
    addSums(entry(this.models, facts.servedModel || facts.requestedModel, noSums), facts, measures);
    if (facts.decision !== "override") return;
    const { requestedModel, servedModel } = facts;
    const pair = entry(this.pairs, JSON.stringify([requestedModel, servedModel]), (key) => ({
      requestedModel: key === OTHER ? OTHER : requestedModel,
      servedModel: key === OTHER ? OTHER : servedModel,
      count: 0,
      unpriced: 0,
      answered: 0,
      money: noMoney(),
    }));
    pair.count += Number(measures.overrides);
    if (!isPlan(facts.billingMode)) {
      pair.unpriced += Number(measures.unpriced);
      pair.answered += Number(measures.overrides - measures.errors - measures.cacheHits);
    }
    addMoney(pair.money, { ...measures, ...facts });
  }

  private addDay(day: string, facts: Pick<Facts, "billingMode" | "decision">, measures: RollupMeasures): void {
    const row = this.days.get(day) ?? { day, requests: 0, money: noMoney() };
    this.days.set(day, row);
    row.requests += Number(measures.requests);
    addMoney(row.money, { ...measures, ...facts });
  }

  private addQuarter(
    bucketS: number,
    facts: Pick<Facts, "project" | "billingMode" | "decision">,
    measures: RollupMeasures,
  ): void {
    const projects = this.quarters.get(bucketS) ?? new Map<string, LiveSums>();
    this.quarters.set(bucketS, projects);
    addSums(entry(projects, facts.project, noSums), facts, measures);
  }

  private lastDays(): LedgerStats["byDay"] {
    const days = [...this.days.values()].sort((one, other) => (one.day < other.day ? -1 : 1));
    for (const { day } of days.splice(0, Math.max(0, days.length - DAYS_KEPT))) this.days.delete(day);
    return days.map((day) => shownSums(day));
  }

  private windows(nowMs: number): LedgerStats["windows"] {
    const empty = () => ({ current: noSums(), previous: noSums() });
    const all = empty();
    const byProject = new Map<string, ReturnType<typeof empty>>();
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
    const shown = ({ current, previous }: typeof all) => ({
      current: shownSums(current),
      previous: shownSums(previous),
    });
    return { all: shown(all), byProject: [...byProject].map(([project, own]) => ({ project, ...shown(own) })) };
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

/** Where the model asked for has no price, the cost of each answer is known and the saving of none. */
const shownPair = (pair: OverridePair): OverridePair =>
  deriveMoney(pair.money).saved === null && pair.unpriced === 0 ? { ...pair, unpriced: pair.answered } : pair;

const compare = (one: bigint, other: bigint): number => (one === other ? 0 : one < other ? -1 : 1);
