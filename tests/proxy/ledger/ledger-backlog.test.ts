import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

/** A million, as after a weekend without a database: CCO_TEST_BACKLOG=1000000. */
const backlog = Number(process.env.CCO_TEST_BACKLOG ?? "10000");

it.each([
  ["SQLite", async (dir: string) => `file:${join(dir, "cco.db")}`, backlog],
  ["PostgreSQL", () => server.newDatabase(), backlog / 2],
])(
  "R28: the proxy is ready before a large backlog is drained, and drains it in the background (%s)",
  async (kind, newUrl, count) => {
    const dir = scratchFolder();
    const spoolDir = join(dir, "spool");
    const databaseUrl = await newUrl(dir);
    const left = openSpool({ dir: spoolDir, instanceId: "ins_left", reserveBytes: 0, backlogBytesMax: 8e9 });
    const beganAt = performance.now();
    for (let n = 0; n < count; n += 1) {
      const event = makeEvent({
        instanceId: "ins_left",
        startedAtMs: 1_795_000_000_000 + n * 50,
        project: `p${n % 20}`,
        personId: `per_${n % 40}`,
        sessionId: `s${n % 3000}`,
      });
      left.open(toOpenRecord(event));
      left.close(event);
    }
    expect(left.backlog()).toMatchObject({ state: "ok", dropped: 0 });
    const appendUs = ((performance.now() - beganAt) * 1000) / count / 2;
    await left.end();

    const drainFrom = performance.now();
    const ledger = startLedger({ databaseUrl, spoolDir, instanceId: "ins_new", reportingZone: null, workerUrl });
    onTestFinished(() => ledger.stop(1000));
    await ledger.ready;
    const readyMs = performance.now() - drainFrom;
    expect(readdirSync(join(spoolDir, "ins_left")).length).toBeGreaterThan(0); // ready does not wait for the backlog
    await eventually(() => expect(ledger.leftBehind().bytes).toBeGreaterThan(0));
    await eventually(() => expect(existsSync(join(spoolDir, "ins_left"))).toBe(false), 1_200_000);
    await eventually(() => expect(ledger.leftBehind()).toEqual({ bytes: 0, oldestMs: null }));
    const drainS = (performance.now() - drainFrom - readyMs) / 1000;

    await eventually(() => expect(ledger.stats().totals.requests).toBe(count));
    const connection = await openSqlConnection(databaseUrl);
    onTestFinished(() => connection.close());
    const verifyFrom = performance.now();
    expect(await verifyLedger(connection)).toMatchObject({ ok: true, events: count });
    const verifyS = (performance.now() - verifyFrom) / 1000;
    console.log(
      `${kind}: append ${appendUs.toFixed(1)} µs a record, ready after ${readyMs.toFixed(0)} ms, drained ${Math.round(count / drainS)} events/s, verified ${Math.round(count / verifyS)} events/s`,
    );
  },
  1_500_000,
);
