import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readMonthSpend } from "#control/limits/month-spend.ts";
import type { HolderKind } from "#core/access/limit-holder.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { StatsMirror } from "#proxy/ledger/thread/stats-mirror.ts";
import { Metrics } from "#proxy/metrics/metrics.ts";
import { cacheFigures, cacheView, machineView, overridesView, projectView } from "#proxy/routes/stats-views.ts";
import { recordWithSums } from "#store/ledger-writes.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type ControlWorld, makeControlWorld } from "./support/control-world.ts";
import { makeEvent } from "./support/make-event.ts";
import {
  type Counted,
  consoleSurfaces,
  differences,
  type OldAnswers,
  oldSurfaces,
  truthOf,
} from "./support/one-number.ts";
import { statsContext } from "./support/stats-context.ts";

const RUNS = Number(process.env.CCO_TEST_RUNS ?? 12);
const seed = Number(process.env.CCO_TEST_SEED ?? Date.now() % 2 ** 31);
const DAY_MS = 86_400_000;

/** Anything a request can come to: billing, decision, ending, price, cache. Amounts are odd on purpose. */
const anyEvent = (nowMs: number): fc.Arbitrary<RequestEvent> =>
  fc
    .record({
      endpoint: fc.constantFrom("messages", "messages", "messages", "batches", "count_tokens", "models"),
      billingMode: fc.constantFrom("metered", "metered", "subscription"),
      proxyKeyId: fc.constantFrom(null, "key_1"),
      personId: fc.constantFrom(null, "per_1", "per_2"),
      project: fc.constantFrom("website", "app"),
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
    .map(({ target, price, cost, saved, agoMs, ...fields }): RequestEvent => {
      const isOverride = fields.decision === "override";
      const isModel = fields.endpoint === "messages" || fields.endpoint === "batches";
      const hasUsage = isModel && fields.ended !== "error" && fields.ended !== "interrupted";
      const isHit = fields.cache === "hit";
      // A full price below zero does not exist: a loss is at most the whole cost.
      const own = isOverride ? (saved < -cost ? -cost : saved) : 0n;
      const money = !hasUsage || price === "unpriced" ? null : isHit ? { cost: 0n, saved: 0n } : { cost, saved: own };
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
        avoidedNanoUsd: isHit && money !== null ? cost.toString() : "0",
      } as Partial<RequestEvent>);
    });

const countedOf = (event: RequestEvent): Counted => ({
  ...event,
  cost: event.costNanoUsd === null ? null : BigInt(event.costNanoUsd),
  saved: event.savedNanoUsd === null ? null : BigInt(event.savedNanoUsd),
  avoided: BigInt(event.avoidedNanoUsd),
});

/** Records in batches as the ledger does; the statistics are kept up as they come, and loaded again as after a restart. */
async function recordAndMirror(world: ControlWorld, events: readonly RequestEvent[]): Promise<StatsMirror[]> {
  const connection = await openSqlConnection(`file:${world.deps.config.dataDir}/cco.db`);
  try {
    const nowMs = world.deps.now().getTime();
    const kept = await StatsMirror.load(connection, "UTC", nowMs);
    for (let at = 0; at < events.length; at += 7)
      kept.add((await recordWithSums(connection, events.slice(at, at + 7))).quarters);
    return [kept, await StatsMirror.load(connection, "UTC", nowMs)];
  } finally {
    await connection.close();
  }
}

async function oldAnswersOf(mirror: StatsMirror, nowMs: number, events: readonly RequestEvent[]): Promise<OldAnswers> {
  const { context, settle } = statsContext(() => ({
    ...mirror.snapshot(nowMs),
    databaseBytes: null,
    lastBackupMs: null,
  }));
  const metrics = new Metrics(context);
  for (const event of events) settle(event);
  return {
    overrides: overridesView(context),
    cache: cacheView(context, await cacheFigures(context)),
    machine: machineView(context),
    project: projectView(context, null),
    metrics: await metrics.text(),
  } as OldAnswers;
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

/** Dollars, and plan value, straight from the events: all of them are of this month. */
function spentOf(events: readonly RequestEvent[]): [dollars: string, planValue: string] {
  const sumOf = (isPlan: boolean) =>
    events
      .filter(({ billingMode }) => (billingMode === "subscription") === isPlan)
      .reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n);
  return [String(sumOf(false)), String(sumOf(true))];
}

describe("one number everywhere", () => {
  it("shows the same sums on screens, beside budgets, in both APIs, in the metrics and in files, for any traffic", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyEvent(Date.parse("2026-11-22T12:00:00Z")), { minLength: 20, maxLength: 60 }),
        async (events) => {
          const world = await makeControlWorld();
          try {
            const mirrors = await recordAndMirror(world, events);
            const nowMs = world.deps.now().getTime();
            const old = [];
            for (const mirror of mirrors) old.push(oldSurfaces(await oldAnswersOf(mirror, nowMs, events)));
            const truth = truthOf(events.map(countedOf));
            expect(differences(truth, [await consoleSurfaces(world.deps, "7d"), ...old])).toEqual([]);
            const spend = await readMonthSpend(world.deps);
            for (const [kind, id, own] of holders) {
              const { costNanoUsd, planValueNanoUsd } = spend.of(kind, id);
              expect([kind, id, costNanoUsd, planValueNanoUsd]).toEqual([kind, id, ...spentOf(events.filter(own(id)))]);
            }
          } finally {
            await world.end();
          }
        },
      ),
      { numRuns: RUNS, seed },
    );
  });
});
