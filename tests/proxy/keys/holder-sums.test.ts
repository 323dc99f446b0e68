import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { readCostTable } from "#control/costs/table.ts";
import type { StoredLimits } from "#core/access/holder-table.ts";
import { type KeyLimits, NO_LIMITS } from "#core/access/key-limits.ts";
import { EVERY_PERSON, ORGANISATION } from "#core/access/limit-holder.ts";
import type { SpendingSums } from "#proxy/keys/spending.ts";
import type { ControlState } from "#proxy/ledger/control-state.ts";
import type { LedgerEvent } from "#proxy/ledger/messages.ts";
import { BudgetSync } from "#proxy/ledger/thread/budget-sync.ts";
import { commitEvents } from "#proxy/ledger/thread/commit-events.ts";
import { dayZone, stepDays } from "#store/days-change.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

const ZONE = "Asia/Tokyo";
const NOW = Date.parse("2026-11-22T12:00:00Z");
const budget = { ...NO_LIMITS, monthlyBudgetNanoUsd: 1_000_000_000 };
const plan = { ...NO_LIMITS, monthlyPlanNanoUsd: 1_000_000_000 };
const stored = (kind: StoredLimits["kind"], holder: string, limits: KeyLimits = budget): StoredLimits => ({
  kind,
  holder,
  limits,
});
const buildState = (holderLimits: StoredLimits[], keys: string[] = []) =>
  ({ holderLimits, proxyKeys: keys.map((id) => ({ id, limits: budget })) }) as unknown as ControlState;

/** A month of events of every mixture of holders, around both of its ends in the reporting zone. */
async function monthOfEvents() {
  const folder = mkdtempSync(join(tmpdir(), "cco-sums-"));
  const databaseUrl = `file:${join(folder, "cco.db")}`;
  const world = await makeControlWorld({ databaseUrl, reportingZone: ZONE });
  const connection = await openSqlConnection(databaseUrl);
  onTestFinished(async () => {
    await connection.close();
    await world.end();
    rmSync(folder, { recursive: true, force: true });
  });
  await switchTo(connection);
  const starts = ["2026-10-31T14:59:59Z", "2026-10-31T15:00:00Z", "2026-11-03T00:00:00Z", "2026-11-22T11:59:00Z"];
  const events = Array.from({ length: 240 }, (_, at) => {
    const startedAtMs = Date.parse(starts[at % starts.length] ?? "");
    return makeEvent({
      startedAtMs,
      endedAtMs: startedAtMs + 1_000,
      proxyKeyId: [null, "key_1", "key_2"][at % 3] ?? null,
      personId: [null, "per_1", "per_2", "per_3", "per_1"][at % 5] ?? null,
      team: [null, "payments", "search"][(at >> 2) % 3] ?? null,
      project: ["checkout", "app"][(at >> 3) % 2] ?? "app",
      billingMode: at % 7 < 2 ? "subscription" : "metered",
      costNanoUsd: String(1_000_003 * at + 7),
    });
  });
  expect((await commitEvents(connection, events)).poisoned).toEqual([]);
  vi.useFakeTimers({ toFake: ["Date"], now: NOW });
  onTestFinished(() => void vi.useRealTimers());
  return { world, connection, events };
}

async function switchTo(connection: SqlConnection): Promise<void> {
  for (let at = 0; at < 20 && (await dayZone(connection, false)) !== ZONE; at++)
    await stepDays(connection, ZONE, new Date(NOW));
}

async function readSums(connection: SqlConnection, state: ControlState): Promise<SpendingSums["byHolder"]> {
  const posted: LedgerEvent[] = [];
  await new BudgetSync((message) => posted.push(message)).poll(connection, state, ZONE, null);
  const [message] = posted;
  if (message?.kind !== "spending") throw new Error("no sums were sent");
  return message.told.byHolder;
}

describe("the spending the key limiter knows for a holder", () => {
  it("equals what Costs shows for that holder in this month, to the last digit, dollars and plan value apart", async () => {
    const { world, connection } = await monthOfEvents();
    const viewer = await world.person("admin");
    const state = buildState(
      [
        stored("person", EVERY_PERSON),
        stored("team", "payments", plan),
        stored("team", "search"),
        stored("project", "checkout"),
        stored("project", "app"),
      ],
      ["key_1"],
    );

    const sums = await readSums(connection, state);

    for (const kind of ["person", "team", "project"] as const) {
      const { rows } = await readCostTable(viewer, kind, { range: "mtd", cmp: "none" }, world.deps);
      const shown = rows.filter(({ key }) => key !== "");
      expect(shown.length).toBeGreaterThan(1);
      for (const { key, figures } of shown)
        expect(sums, `${kind} ${key}`).toContainEqual([
          `${kind}:${key}`,
          Number(figures.costNanoUsd),
          Number(figures.planValueNanoUsd),
        ]);
    }
  });

  it("of the organisation equals all of Costs, alone and beside other holders", async () => {
    const { world, connection } = await monthOfEvents();
    const viewer = await world.person("admin");
    const { total } = await readCostTable(viewer, "team", { range: "mtd", cmp: "none" }, world.deps);
    const all = ["organisation:*", Number(total.costNanoUsd), Number(total.planValueNanoUsd)];
    expect(all[1]).toBeGreaterThan(0);

    const whole = stored("organisation", ORGANISATION);
    expect(await readSums(connection, buildState([whole]))).toEqual([all]);
    const beside = await readSums(connection, buildState([stored("team", "payments", plan), whole], ["key_1"]));
    expect(beside).toContainEqual(all);
    expect(beside.map(([counter]) => counter).sort()).toEqual(["key:key_1", "organisation:*", "team:payments"]);
  });

  it("sums only the holder's own requests beside holders of other kinds with budgets", async () => {
    const { connection, events } = await monthOfEvents();
    const from = Date.parse("2026-10-31T15:00:00Z");
    const sumCosts = (mode: string) =>
      events
        .filter((event) => event.proxyKeyId === "key_1" && event.billingMode === mode && event.startedAtMs >= from)
        .reduce((sum, { costNanoUsd }) => sum + Number(costNanoUsd), 0);
    const wanted = ["key:key_1", sumCosts("metered"), sumCosts("subscription")];

    expect(await readSums(connection, buildState([], ["key_1"]))).toEqual([wanted]);
    expect(await readSums(connection, buildState([stored("project", "app")], ["key_1"]))).toContainEqual(wanted);
    const many = buildState(
      [stored("person", EVERY_PERSON), stored("team", "search"), stored("project", "x")],
      ["key_1"],
    );
    expect(await readSums(connection, many)).toContainEqual(wanted);
  });

  it("includes late records for a past day after the next read", async () => {
    const { connection } = await monthOfEvents();
    const sent: SpendingSums[] = [];
    const sync = new BudgetSync((message) => message.kind === "spending" && sent.push(message.told));
    const state = () => buildState([stored("project", "checkout")]);
    await sync.poll(connection, state(), ZONE, null);
    const late = makeEvent({
      ...{ startedAtMs: Date.parse("2026-11-03T00:00:00Z"), endedAtMs: Date.parse("2026-11-03T00:00:01Z") },
      ...{ project: "checkout", costNanoUsd: "55" },
    });
    await commitEvents(connection, [late]);
    sync.committed([late], state());
    await sync.poll(connection, state(), ZONE, null);

    const [[, before = 0] = [], [, after = 0] = []] = sent.map(({ byHolder }) => byHolder[0]);
    expect(after - before).toBe(55);
  });
});

describe("the event ids sent with the sums", () => {
  it("belong to holders that have or had a budget, and to no others", () => {
    const posted: LedgerEvent[] = [];
    const sync = new BudgetSync((message) => posted.push(message));
    const [mine, theirs, other] = [
      makeEvent({ personId: "per_1", project: "app" }),
      makeEvent({ team: "payments", project: "app" }),
      makeEvent({ project: "app" }),
    ];
    sync.committed([mine, theirs, other], buildState([]));
    expect(posted).toEqual([]);
    sync.committed([mine, theirs, other], buildState([stored("person", EVERY_PERSON)]));
    sync.committed([mine, theirs, other], buildState([stored("team", "payments", plan), stored("project", "other")]));

    expect(posted).toEqual([
      { kind: "committed", ids: [mine.id] },
      { kind: "committed", ids: [mine.id, theirs.id] },
    ]);
  });
});
