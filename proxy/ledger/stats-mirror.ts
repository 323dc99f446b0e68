import type { RollupMeasures } from "#core/costs/rollup.ts";
import { dayKeyOf } from "#core/time/instant.ts";
import type { RollupRow } from "#store/rollup-writes.ts";
import { sumRollupDays, sumRollupQuarters } from "#store/rollups.ts";
import type { SqlConnection } from "#store/sql-connection.ts";
import {
  emptySums,
  emptyTotals,
  type LedgerStats,
  type StatsSums,
  type StatsTotals,
  type StatsWindows,
} from "./stats.ts";

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
}

type Pair = LedgerStats["overridesByPair"][number];
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
    ])) {
      mirror.addEver(row, row);
    }
    for (const row of await sumRollupDays(connection, always, ["day"])) mirror.addDay(row.day, row);
    const twoDays = { fromMs: nowMs - 2 * DAY_MS, toMs: nowMs + DAY_MS, filters };
    for (const row of await sumRollupQuarters(connection, twoDays, ["bucketS", "project"])) {
      mirror.addQuarter(row.bucketS, row.project, row);
    }
    return mirror;
  }

  /** Sums of what was new in the database; false when none of it counts here. */
  add(quarters: readonly RollupRow<number>[]): boolean {
    const counted = quarters.filter(({ dims }) => modelEndpoints.includes(dims.endpoint));
    for (const { bucket, dims, measures } of counted) {
      this.addEver(dims, measures);
      this.addDay(dayKeyOf(bucket * 1000, this.zone), measures);
      this.addQuarter(bucket, dims.project, measures);
    }
    return counted.length > 0;
  }

  snapshot(nowMs: number): LedgerStats {
    const dearest = <Named extends StatsSums>(rows: Named[]) =>
      rows.sort((one, other) => compare(other.costNanoUsd, one.costNanoUsd));
    return {
      asOfMs: nowMs,
      totals: { ...this.totals },
      overridesByPair: [...this.pairs.values()]
        .sort((one, other) => other.count - one.count)
        .map((pair) => ({ ...pair })),
      byProject: dearest([...this.projects].map(([project, sums]) => ({ project, ...sums }))),
      byModel: dearest([...this.models].map(([model, sums]) => ({ model, ...sums }))),
      byDay: this.lastDays(),
      windows: this.windows(nowMs),
    };
  }

  private addEver(facts: Facts, measures: RollupMeasures): void {
    addTotals(this.totals, measures);
    addSums(entry(this.projects, facts.project, emptySums), measures);
    addSums(entry(this.models, facts.servedModel || facts.requestedModel, emptySums), measures);
    if (facts.decision !== "override") return;
    const { requestedModel, servedModel } = facts;
    const pair = entry(this.pairs, JSON.stringify([requestedModel, servedModel]), (key) => ({
      requestedModel: key === OTHER ? OTHER : requestedModel,
      servedModel: key === OTHER ? OTHER : servedModel,
      count: 0,
      savedNanoUsd: 0n,
    }));
    pair.count += Number(measures.overrides);
    pair.savedNanoUsd += measures.savedNanoUsd;
  }

  private addDay(day: string, measures: RollupMeasures): void {
    const row = this.days.get(day) ?? { day, requests: 0, costNanoUsd: 0n, savedNanoUsd: 0n };
    this.days.set(day, row);
    row.requests += Number(measures.requests);
    row.costNanoUsd += measures.costNanoUsd;
    row.savedNanoUsd += measures.savedNanoUsd;
  }

  private addQuarter(bucketS: number, project: string, measures: RollupMeasures): void {
    const projects = this.quarters.get(bucketS) ?? new Map<string, StatsSums>();
    this.quarters.set(bucketS, projects);
    addSums(entry(projects, project, emptySums), measures);
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

function addSums(sums: StatsSums, part: RollupMeasures): void {
  sums.requests += Number(part.requests);
  sums.errors += Number(part.errors);
  sums.overrides += Number(part.overrides);
  sums.promptTokens += Number(
    part.inputTokens + part.cacheWrite5mTokens + part.cacheWrite1hTokens + part.cacheReadTokens,
  );
  sums.outputTokens += Number(part.outputTokens);
  sums.costNanoUsd += part.costNanoUsd;
  sums.savedNanoUsd += part.savedNanoUsd;
  sums.avoidedNanoUsd += part.avoidedNanoUsd;
  sums.durationMs += Number(part.durationMs);
  sums.lastAtMs = Math.max(sums.lastAtMs, Number(part.lastAtMs));
}

function addTotals(totals: StatsTotals, part: RollupMeasures): void {
  addSums(totals, part);
  for (const name of totalOnly) totals[name] += Number(part[name]);
}

const totalOnly = [
  "fallbacks",
  "skips",
  "cancelled",
  "truncated",
  "cacheHits",
  "cacheMisses",
  "cacheBypasses",
  "unpriced",
  "estimated",
  "ttfbMs",
  "ttfbCount",
] as const satisfies readonly Exclude<keyof StatsTotals, keyof StatsSums>[];

function mergeSums(sums: StatsSums, part: StatsSums): void {
  sums.requests += part.requests;
  sums.errors += part.errors;
  sums.overrides += part.overrides;
  sums.promptTokens += part.promptTokens;
  sums.outputTokens += part.outputTokens;
  sums.costNanoUsd += part.costNanoUsd;
  sums.savedNanoUsd += part.savedNanoUsd;
  sums.avoidedNanoUsd += part.avoidedNanoUsd;
  sums.durationMs += part.durationMs;
  sums.lastAtMs = Math.max(sums.lastAtMs, part.lastAtMs);
}

const compare = (one: bigint, other: bigint): number => (one === other ? 0 : one < other ? -1 : 1);
