import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readCostTable } from "#control/costs/table.ts";
import { readAbout } from "#control/settings/about.ts";
import { operatorActor } from "#core/access/actor.ts";
import { putInstance } from "#store/instances.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { ccoHere } from "./support/cco-here.ts";
import { type ControlWorld, makeControlWorld } from "./support/control-world.ts";
import { startFaultProxy } from "./support/fault-proxy.ts";
import { makeEvent, startedAt } from "./support/make-event.ts";
import { type PostgresqlReplica, type PostgresqlServer, startPostgresql } from "./support/postgresql.ts";
import { until } from "./support/proxy-process.ts";

const operator = operatorActor("test");
const event = () => makeEvent(startedAt("2026-11-20T10:00:00Z"));

let server: PostgresqlServer;
let copy: PostgresqlReplica;
let databaseUrl = "";
beforeAll(async () => {
  server = await startPostgresql();
  databaseUrl = await server.newMigratedDatabase();
  copy = await server.startReplica();
});
afterAll(async () => {
  await copy?.stop();
  await server?.stop();
});

async function withWorld(readDatabaseUrl: string, work: (world: ControlWorld) => Promise<void>): Promise<void> {
  const world = await makeControlWorld({ databaseUrl, readDatabaseUrl });
  await work(world).finally(async () => {
    await world.deps.replica?.close();
    await world.end();
  });
}

const requestsIn = async ({ deps }: ControlWorld) =>
  (await readCostTable(operator, "day", { range: "2026-11-20" }, deps)).total.requests;
const stateIn = async ({ deps }: ControlWorld) => (await readAbout(operator, deps)).replica;

async function report(atMs: number): Promise<void> {
  const connection = await openSqlConnection(databaseUrl);
  const facts = { rulesVersion: null, rulesHash: null, rulesProblem: null, fileReadOnly: false };
  await putInstance(connection, "ins_1", { hostname: "a", pid: 1, startedAtMs: 0, ...facts }, new Date(atMs));
  await connection.close();
}

describe("reports of a console with a read replica", () => {
  it("come from the copy while it follows, and from the database once it is too far behind", async () => {
    await withWorld(copy.urlOf(databaseUrl), async (world) => {
      await report(1_000_000);
      await world.record([event(), event()]);
      await until(async () => (await requestsIn(world)) === 2);
      expect(await stateIn(world)).toEqual({ kind: "used", behindMs: 0 });

      await copy.pause();
      try {
        await world.record([event()]);
        // Read from the copy: it does not have the third.
        expect(await requestsIn(world)).toBe(2);
        await report(1_060_000);
        await until(async () => (await requestsIn(world)) === 3);
        expect(await stateIn(world)).toEqual({ kind: "behind", behindMs: 60_000 });
      } finally {
        await copy.resume();
      }
      await until(async () => (await stateIn(world))?.kind === "used");
      expect(await requestsIn(world)).toBe(3);
    });
  });

  it("come from the database while the copy is away or hangs, without an error", async () => {
    const network = await startFaultProxy(copy.urlOf(databaseUrl));
    try {
      await withWorld(network.url, async (world) => {
        const direct = await makeControlWorld({ databaseUrl });
        const expected = await requestsIn(direct).finally(() => direct.end());
        expect(await requestsIn(world)).toBe(expected);

        await network.set("cut");
        expect(await requestsIn(world)).toBe(expected);
        expect(await stateIn(world)).toMatchObject({ kind: "away" });
      });
      await network.set("hang");
      await withWorld(network.url, async (world) => {
        expect(await stateIn(world)).toMatchObject({ kind: "away" });
      });
    } finally {
      await network.stop();
    }
  });

  it("never come from a copy of another installation, which doctor names", async () => {
    const other = await server.newMigratedDatabase();
    const stranger = await makeControlWorld({ databaseUrl: other });
    await stranger.person("owner");
    await stranger.record([event(), event(), event(), event(), event()]);
    await stranger.end();
    await withWorld(databaseUrl, async (world) => world.person("owner").then(() => {}));
    const foreign = copy.urlOf(other);
    await until(async () => {
      const connection = await openSqlConnection(foreign).catch(() => null);
      const rows = await connection?.all('SELECT "id" FROM "person"').finally(() => connection.close());
      return rows?.length === 1;
    });

    await withWorld(foreign, async (world) => {
      const problem = "it is a copy of another installation";
      expect(await stateIn(world)).toEqual({ kind: "away", problem });
      expect(await requestsIn(world)).not.toBe(5);

      const env = {
        DATABASE_URL: databaseUrl,
        CCO_READ_DATABASE_URL: foreign,
        CCO_DATA_DIR: world.deps.config.dataDir,
      };
      const { stdout } = await ccoHere(["doctor", "--json", "--offline"], env);
      expect(stdout).toContain(problem);
      const { stdout: good } = await ccoHere(["doctor", "--offline"], {
        ...env,
        CCO_READ_DATABASE_URL: copy.urlOf(databaseUrl),
      });
      expect(good).toMatch(/read replica +answers, \d+ seconds? behind/);
    });
  });
});
