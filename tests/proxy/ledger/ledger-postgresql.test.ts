import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { startFaultProxy } from "#tests/support/fault-proxy.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

/** A network to the server that can be cut and fixed. */
async function cable(url: string) {
  const network = await startFaultProxy(url);
  onTestFinished(network.stop);
  return { url: network.url, cut: () => network.set("cut"), fix: () => network.set("none") };
}

function startAt(databaseUrl: string, instanceId = "ins_one", dir = scratchFolder()) {
  const spoolDir = join(dir, "spool");
  const spool = openSpool({ dir: spoolDir, instanceId, reserveBytes: 0 });
  const ledger = startLedger({ databaseUrl, spoolDir, instanceId, reportingZone: null, workerUrl, spool });
  onTestFinished(async () => {
    await spool.end();
    await ledger.stop(1000);
  });
  const send = (count: number, project = "website") => {
    for (const event of Array.from({ length: count }, () => makeEvent({ instanceId, project }))) {
      spool.open(toOpenRecord(event));
      spool.close(event);
    }
  };
  return { spool, ledger, send };
}

async function verdict(url: string) {
  const connection = await openSqlConnection(url);
  return verifyLedger(connection).finally(() => connection.close());
}

it("the ledger starts without its database and catches up later", async () => {
  const direct = await server.newDatabase();
  const { url, cut, fix } = await cable(direct);
  await cut();
  const { ledger, spool, send } = startAt(url);

  send(20);
  await eventually(() => expect(ledger.problem()).toMatch(/database cannot be reached/));
  expect(ledger.state()).toBeNull();
  await fix();
  await ledger.ready;

  await eventually(() => expect(spool.backlog().bytes).toBe(0));
  await eventually(() => expect(ledger.problem()).toBeNull());
  expect(await verdict(direct)).toMatchObject({ ok: true, events: 20 });
});

it("the ledger survives connection cuts at any moment without losing or doubling an event", async () => {
  const direct = await server.newDatabase();
  const { url, cut, fix } = await cable(direct);
  const { ledger, spool, send } = startAt(url);
  await ledger.ready;

  for (let round = 0; round < 6; round += 1) {
    send(1500);
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 150));
    await cut();
    send(10);
    await fix();
  }

  await eventually(() => expect(spool.backlog().bytes).toBe(0));
  expect(await verdict(direct)).toMatchObject({ ok: true, events: 6 * 1510 });
  await eventually(() => expect(ledger.stats().totals.requests).toBe(6 * 1510));
});

it("the ledger waits for a server that hangs", async () => {
  const url = await server.newDatabase();
  const { ledger, spool, send } = startAt(url);
  await ledger.ready;

  server.signal("SIGSTOP");
  try {
    send(50);
    expect(spool.backlog()).toMatchObject({ dropped: 0, state: "ok" });
    expect(spool.backlog().bytes).toBeGreaterThan(20_000);
  } finally {
    server.signal("SIGCONT");
  }

  await eventually(() => expect(spool.backlog().bytes).toBe(0));
  expect(await verdict(url)).toMatchObject({ ok: true, events: 50 });
});

it("two instances write the same rollups at the same time", async () => {
  const url = await server.newDatabase();
  await migrateDatabase(url);
  const [one, two] = [startAt(url, "ins_one"), startAt(url, "ins_two")];
  await Promise.all([one.ledger.ready, two.ledger.ready]);

  for (let round = 0; round < 10; round += 1) {
    for (const side of [one, two]) {
      side.send(100, "a");
      side.send(100, "b");
    }
    await new Promise((resolve) => setImmediate(resolve));
  }

  await eventually(() => expect([one.spool.backlog().bytes, two.spool.backlog().bytes]).toEqual([0, 0]));
  expect(await verdict(url)).toMatchObject({ ok: true, events: 4000 });
});
