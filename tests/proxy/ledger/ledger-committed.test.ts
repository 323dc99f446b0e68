import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { Spending } from "#proxy/keys/spending.ts";
import type { LedgerEvent } from "#proxy/ledger/messages.ts";
import { LedgerLoop } from "#proxy/ledger/thread/ledger-loop.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { bumpRevision } from "#store/revision.ts";
import { inTransaction } from "#store/transaction.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { until } from "#tests/support/proxy-process.ts";

const OWNER = "ins_01KBCDEFGHJKMNPQRSTVWXYZ01";
let folder: string;
let databaseUrl: string;
let world: ControlWorld;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "cco-committed-"));
  databaseUrl = `file:${join(folder, "cco.db")}`;
  world = await makeControlWorld({ databaseUrl });
  const limits = { endpoints: "all", models: null, requestsPerMinute: null, openRequestsMax: null };
  await inTransaction(world.deps.db, async (tx) => {
    const budget = { monthlyBudgetNanoUsd: 1_000_000n, monthlyPlanNanoUsd: null, updatedAt: world.deps.now() };
    await tx.holderLimits.create({ data: { kind: "project", holder: "checkout", ...limits, ...budget } });
    await bumpRevision(tx);
  });
});
afterEach(async () => {
  await world.end();
  rmSync(folder, { recursive: true, force: true });
});

/** Key limiter's side of the ledger thread: recorded messages and received sums. */
function listenTo(spending: Spending, spoolDir: string) {
  const said: LedgerEvent[] = [];
  const settings = { databaseUrl, spoolDir, instanceId: OWNER, reportingZone: "UTC", modelsFile: null };
  const loop = new LedgerLoop(settings, (message) => {
    said.push(message);
    if (message.kind === "committed") spending.noteCommitted(message.ids);
    if (message.kind === "spending") spending.take(message.told);
  });
  return { said, loop, running: loop.run() };
}

const listKinds = (said: readonly LedgerEvent[]) =>
  said.map(({ kind }) => kind).filter((kind) => kind === "committed" || kind === "drained" || kind === "spending");

it("committed events are named before their records are released and before the sums that include them, also after a restart", async () => {
  const startedAtMs = Date.now();
  const events = Array.from({ length: 20 }, (_, at) =>
    makeEvent({ startedAtMs, endedAtMs: startedAtMs, project: at % 2 ? "checkout" : "app", costNanoUsd: "7" }),
  );
  const spoolDir = join(folder, "spool");
  const spool = openSpool({ dir: spoolDir, instanceId: OWNER, reserveBytes: 0 });
  const spending = new Spending();
  for (const event of events) {
    spool.open(toOpenRecord(event));
    spool.close(event);
    if (event.project === "checkout")
      spending.note(["project:checkout"], "metered", { id: event.id, startedAtMs, nanoUsd: 7 });
  }
  await spool.sync();
  // What a thread that fails has not acknowledged is there again for the next one.
  cpSync(spoolDir, join(folder, "again"), { recursive: true, filter: (path) => !path.endsWith(".lock") });
  const spent = () => spending.spent("project:checkout", "metered", Date.now());
  expect(spent()).toBe(70);

  for (const dir of [spoolDir, join(folder, "again")]) {
    const { said, loop, running } = listenTo(spending, dir);
    await until(() => said.filter(({ kind }) => kind === "spending").length >= 2);
    expect(spent()).toBe(70);
    const order = listKinds(said);
    loop.receive({ kind: "stop", withinMs: 5_000 });
    await running;

    const named = said.flatMap((message) => (message.kind === "committed" ? message.ids : []));
    expect(new Set(named)).toEqual(new Set(events.filter((_, at) => at % 2 === 1).map(({ id }) => id)));
    expect(order.indexOf("committed")).toBeLessThan(order.indexOf("drained"));
    expect(order.lastIndexOf("spending")).toBeGreaterThan(order.lastIndexOf("committed"));
  }
  expect(spending.pendingCount).toBe(0);
  await spool.end();
});

it("a request is counted once when a budget is removed and restored while requests are in flight", async () => {
  const spoolDir = join(folder, "spool");
  const spool = openSpool({ dir: spoolDir, instanceId: OWNER, reserveBytes: 0 });
  const spending = new Spending();
  const spent = () => spending.spent("project:checkout", "metered", Date.now());
  const settle = (count: number) => {
    for (let at = 0; at < count; at++) {
      const startedAtMs = Date.now();
      const event = makeEvent({ startedAtMs, endedAtMs: startedAtMs, project: "checkout", costNanoUsd: "7" });
      spool.open(toOpenRecord(event));
      spool.close(event);
      spending.note(["project:checkout"], "metered", { id: event.id, startedAtMs, nanoUsd: 7 });
    }
    return spool.sync();
  };
  const { said, loop, running } = listenTo(spending, spoolDir);
  const holds = (kind: string, more: number) => {
    const count = said.filter((message) => message.kind === kind).length + more;
    return until(() => said.filter((message) => message.kind === kind).length >= count);
  };
  await settle(10);
  await holds("spending", 2);
  expect(spent()).toBe(70);

  const row = await world.deps.db.holderLimits.findFirstOrThrow();
  const seenBefore = said.filter(({ kind }) => kind === "state").length;
  await inTransaction(world.deps.db, async (tx) => {
    await tx.holderLimits.deleteMany();
    await bumpRevision(tx);
  });
  await until(() => said.filter(({ kind }) => kind === "state").length > seenBefore);
  await settle(10); // let in while the budget held
  await until(async () => (await world.deps.db.eventRow.count()) === 20);
  await inTransaction(world.deps.db, async (tx) => {
    await tx.holderLimits.create({ data: row });
    await bumpRevision(tx);
  });
  await holds("state", 1);
  await holds("spending", 2);

  expect(spent()).toBe(140);
  expect(spending.pendingCount).toBe(0);
  loop.receive({ kind: "stop", withinMs: 5_000 });
  await running;
  await spool.end();
});
