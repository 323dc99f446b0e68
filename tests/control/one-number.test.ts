// Long because one number is followed from the event to every surface, with corrections and without.

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMonthSpend } from "#control/limits/month-spend.ts";
import type { HolderKind } from "#core/access/limit-holder.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { StatsMirror } from "#proxy/ledger/thread/stats-mirror.ts";
import { Metrics } from "#proxy/metrics/metrics.ts";
import { cacheFigures, cacheView, machineView, overridesView, projectView } from "#proxy/routes/stats-views.ts";
import { type CorrectionRow, correctedMeasures, insertCorrection } from "#store/corrections.ts";
import { recordWithSums } from "#store/ledger-writes.ts";
import { rollUp } from "#store/rollup-writes.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import {
  type Counted,
  consoleSurfaces,
  deriveTruth,
  differences,
  type OldAnswers,
  oldProjectSurfaces,
  oldSurfaces,
} from "#tests/support/one-number.ts";
import { statsContext } from "#tests/support/stats-context.ts";

/** Each makes an installation and reads every surface of it: half a second. */
const RUNS = Math.min(60, Number(process.env.CCO_TEST_RUNS ?? 4));
setFlagsFromString("--expose-gc");
/** The driver keeps the files of closed connections until they are collected: after some eight runs too many were open. */
const collectGarbage = runInNewContext("gc") as () => void;
const seed = Number(process.env.CCO_TEST_SEED ?? Date.now() % 2 ** 31);
const DAY_MS = 86_400_000;

const projects = ["website", "app"];

/** Which requests have no price at all, beside those that have none by chance. */
type LacksPrice = (event: { project: string; decision: string; billingMode: string; cache: string }) => boolean;
const traffic: readonly [string, LacksPrice][] = [
  ["any traffic", () => false],
  ["the target of every rule has no price", ({ decision }) => decision === "override"],
  ["no model of a project has a price", ({ project }) => project === "app"],
  ["no metered model has a price", ({ billingMode }) => billingMode === "metered"],
  ["no model of a subscription has a price", ({ billingMode }) => billingMode === "subscription"],
  ["no model has a price", () => true],
];

/** Anything a request can come to: billing, decision, ending, price, cache. Amounts are odd on purpose. */
const anyEvent = (nowMs: number, lacksPrice: LacksPrice): fc.Arbitrary<RequestEvent> =>
  fc
    .record({
      endpoint: fc.constantFrom("messages", "messages", "messages", "batches", "count_tokens", "models"),
      billingMode: fc.constantFrom("metered", "metered", "subscription"),
      proxyKeyId: fc.constantFrom(null, "key_1"),
      personId: fc.constantFrom(null, "per_1", "per_2"),
      project: fc.constantFrom(...projects),
      decision: fc.constantFrom("override", "pass", "skipped", "fallback"),
      requestedModel: fc.constantFrom("claude-opus-5-5", "claude-sonnet-5-5", "claude-mystery-9"),
      target: fc.constantFrom("claude-haiku-5-5", "claude-mystery-9"),
      ended: fc.constantFrom("complete", "complete", "complete", "cancelled", "error", "truncated", "interrupted"),
      price: fc.constantFrom("known", "known", "known", "unpriced", "saving unknown"),
      cache: fc.constantFrom("off", "bypass", "miss", "hit"),
      cost: fc.bigInt(0n, 3_000_000_007n),
      saved: fc.bigInt(-900_000_001n, 2_000_000_003n),
      agoMs: fc.integer({ min: 1000, max: 3 * DAY_MS }),
    })
    .map(({ target, price: anyPrice, cost, saved, agoMs, ...fields }): RequestEvent => {
      const price = lacksPrice(fields) ? "unpriced" : anyPrice;
      const isOverride = fields.decision === "override";
      const isModel = fields.endpoint === "messages" || fields.endpoint === "batches";
      const hasUsage = isModel && fields.ended !== "error" && fields.ended !== "interrupted";
      const isHit = fields.cache === "hit";
      // A full price below zero does not exist: a loss is at most the whole cost. What a rule's end writes again is a loss
      // of a request that no rule decided.
      const own = isOverride || saved < 0n ? (saved < -cost ? -cost : saved) : 0n;
      // An answer of the cache costs nothing, also where it is not known what it avoided.
      const money =
        !hasUsage || (price === "unpriced" && !isHit) ? null : isHit ? { cost: 0n, saved: 0n } : { cost, saved: own };
      const savedOrNull = money === null || (price === "saving unknown" && !isHit) ? null : money.saved;
      return makeEvent({
        ...fields,
        ...{ startedAtMs: nowMs - agoMs, endedAtMs: nowMs - agoMs + 900 },
        servedModel: isOverride ? target : fields.requestedModel,
        ruleId: fields.decision === "pass" ? null : "r_1",
        usageState: !hasUsage
          ? "none"
          : fields.ended === "complete"
            ? "exact"
            : money === null
              ? "unknown"
              : "estimated",
        usage: hasUsage ? { ...emptyUsage(), inputTokens: 10, outputTokens: 3 } : emptyUsage(),
        costs: null,
        status: fields.ended === "error" ? 529 : 200,
        costNanoUsd: money?.cost.toString() ?? null,
        savedNanoUsd: savedOrNull?.toString() ?? null,
        baselineNanoUsd: savedOrNull === null || money === null ? null : (money.cost + savedOrNull).toString(),
        avoidedNanoUsd: isHit && money !== null && price !== "unpriced" ? cost.toString() : "0",
      } as Partial<RequestEvent>);
    });

const toCounted = (event: RequestEvent): Counted => ({
  ...event,
  cost: event.costNanoUsd === null ? null : BigInt(event.costNanoUsd),
  saved: event.savedNanoUsd === null ? null : BigInt(event.savedNanoUsd),
  avoided: BigInt(event.avoidedNanoUsd),
});

/** Prices again some requests that had an amount: each costs more by an odd sum, of which nothing is saved. */
function listCorrected(events: readonly RequestEvent[]): Map<RequestEvent, bigint> {
  const priced = events.filter(({ costNanoUsd, cache }, at) => at % 3 === 0 && costNanoUsd !== null && cache !== "hit");
  return new Map(
    priced.filter(({ costNanoUsd }) => costNanoUsd !== "0").map((event, at) => [event, BigInt(at * 7 + 1)]),
  );
}

/** What those events cost with their corrections. */
const withCorrections = (events: readonly RequestEvent[]): RequestEvent[] => {
  const added = listCorrected(events);
  return events.map((event) => {
    const more = added.get(event);
    return more === undefined ? event : { ...event, costNanoUsd: (BigInt(event.costNanoUsd ?? 0) + more).toString() };
  });
};

/** Writes them as one correction, by quarter-hour and dimensions. */
async function recordCorrections(connection: SqlConnection, events: readonly RequestEvent[], at: Date): Promise<void> {
  const none = Object.fromEntries(correctedMeasures.map((name) => [name, 0n])) as CorrectionRow["changes"];
  const rows = new Map<string, CorrectionRow>();
  for (const [event, more] of listCorrected(events)) {
    const [row] = rollUp([event]);
    if (row === undefined) continue;
    const { bucket: bucketS, dimsKey, dims } = row;
    const known = rows.get(`${bucketS} ${dimsKey}`);
    const costNanoUsd = (known?.changes.costNanoUsd ?? 0n) + more;
    const isSaved = event.savedNanoUsd !== null;
    const baselineNanoUsd = (known?.changes.baselineNanoUsd ?? 0n) + (isSaved ? more : 0n);
    const changes = { ...none, costNanoUsd, baselineNanoUsd };
    rows.set(`${bucketS} ${dimsKey}`, {
      ...{ bucketS, dimsKey, dims, requests: 1n, oldNanoUsd: 0n, newNanoUsd: costNanoUsd, changes },
    });
  }
  const period = { fromS: 0, toS: 2 ** 31, fromDay: "2026-11-01", toDay: "2026-12-01", zone: "UTC", models: [] };
  const by = { comment: "", actorId: null, actorName: "test", tokenName: null, at };
  const head = { kind: "reprice", ...period, ...by, priceVersion: "test", undoes: null, requests: 1 } as const;
  await connection.transaction(() => insertCorrection(connection, head, [...rows.values()]));
}

/**
 * Records events in batches as the ledger does. The statistics are kept up as they come, and loaded again as after a
 * restart.
 */
async function recordAndMirror(
  world: ControlWorld,
  events: readonly RequestEvent[],
  isCorrected: boolean,
): Promise<StatsMirror[]> {
  const connection = await openSqlConnection(`file:${world.deps.config.dataDir}/cco.db`);
  try {
    const nowMs = world.deps.now().getTime();
    const kept = await StatsMirror.load(connection, "UTC", nowMs);
    for (let at = 0; at < events.length; at += 7)
      kept.add((await recordWithSums(connection, events.slice(at, at + 7))).quarters);
    if (isCorrected) await recordCorrections(connection, events, world.deps.now());
    const loaded = await StatsMirror.load(connection, "UTC", nowMs);
    // What is kept up as requests come takes in a correction when it is loaded again, within seconds.
    return isCorrected ? [loaded] : [kept, loaded];
  } finally {
    await connection.close();
  }
}

interface Old {
  answers: OldAnswers;
  ofProject(name: string): OldAnswers["project"];
}

async function readOldAnswers(mirror: StatsMirror, nowMs: number, events: readonly RequestEvent[]): Promise<Old> {
  const { context, settle } = statsContext(() => ({
    ...mirror.snapshot(nowMs),
    databaseBytes: null,
    lastBackupMs: null,
  }));
  const metrics = new Metrics(context);
  for (const event of events) settle(event);
  const answers = {
    overrides: overridesView(context),
    cache: cacheView(context, await cacheFigures(context)),
    machine: machineView(context),
    project: projectView(context, null),
    metrics: await metrics.text(),
  } as OldAnswers;
  return { answers, ofProject: (name) => projectView(context, name) };
}

type Own = (id: string) => (event: RequestEvent) => boolean;
const ofPerson: Own = (id) => (event) => event.personId === id;
const ofProject: Own = (id) => (event) => event.project === id;
const ofKey: Own = (id) => (event) => event.proxyKeyId === id;
const holders: readonly [HolderKind, string, Own][] = [
  ["person", "per_1", ofPerson],
  ["person", "per_2", ofPerson],
  ["project", "website", ofProject],
  ["project", "app", ofProject],
  ["key", "key_1", ofKey],
];

/** Dollars, and plan value: all events are of this month. */
function sumSpent(events: readonly RequestEvent[]): [dollars: string | null, planValue: string | null] {
  const { cost, planValue } = deriveTruth(events.map(toCounted)).money;
  return [cost?.toString() ?? null, planValue?.toString() ?? null];
}

/** Differences between the truth of some events and every surface that shows them, of all projects and of each. */
async function listDifferences(
  recorded: readonly RequestEvent[],
  world: ControlWorld,
  isCorrected = false,
): Promise<string[]> {
  const events = isCorrected ? withCorrections(recorded) : recorded;
  const nowMs = world.deps.now().getTime();
  const old: Old[] = [];
  for (const mirror of await recordAndMirror(world, recorded, isCorrected))
    old.push(await readOldAnswers(mirror, nowMs, events));
  const all = [await consoleSurfaces(world.deps, "7d"), ...old.map(({ answers }) => oldSurfaces(answers))];
  const found = differences(deriveTruth(events.map(toCounted)), all);
  for (const project of projects) {
    const own = [
      await consoleSurfaces(world.deps, "7d", project),
      ...old.map(({ answers, ofProject: one }) => oldProjectSurfaces(answers.machine, one(project), project)),
    ];
    const truth = deriveTruth(events.filter(ofProject(project)).map(toCounted));
    found.push(...differences(truth, own).map((words) => `${project}: ${words}`));
  }
  return found;
}

describe("one number everywhere", () => {
  it.each(traffic)(
    "shows the same sums, and the same as unknown, on screens, beside budgets, in both APIs, in the metrics and in files: %s",
    async (_, lacksPrice) => {
      const event = anyEvent(Date.parse("2026-11-22T12:00:00Z"), lacksPrice);
      await fc.assert(
        fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), async (events) => {
          const world = await makeControlWorld();
          try {
            expect(await listDifferences(events, world)).toEqual([]);
            const spend = await readMonthSpend(world.deps);
            for (const [kind, id, own] of holders) {
              const { costNanoUsd, planValueNanoUsd } = spend.of(kind, id);
              expect([kind, id, costNanoUsd, planValueNanoUsd]).toEqual([
                kind,
                id,
                ...sumSpent(events.filter(own(id))),
              ]);
            }
          } finally {
            await world.end();
            collectGarbage();
          }
        }),
        { numRuns: RUNS, seed },
      );
    },
  );

  it("shows what was booked and the corrections as one number everywhere", async () => {
    const event = anyEvent(Date.parse("2026-11-22T12:00:00Z"), () => false);
    await fc.assert(
      fc.asyncProperty(fc.array(event, { minLength: 1, maxLength: 60 }), async (events) => {
        const world = await makeControlWorld();
        try {
          expect(await listDifferences(events, world, true)).toEqual([]);
          const spend = await readMonthSpend(world.deps);
          const corrected = withCorrections(events);
          for (const [kind, id, own] of holders) {
            const { costNanoUsd, planValueNanoUsd } = spend.of(kind, id);
            expect([costNanoUsd, planValueNanoUsd]).toEqual(sumSpent(corrected.filter(own(id))));
          }
        } finally {
          await world.end();
          collectGarbage();
        }
      }),
      { numRuns: RUNS, seed },
    );
  });
});
