import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { readCostTable } from "#control/costs/table.ts";
import { readAbout } from "#control/settings/about.ts";
import { operatorActor } from "#core/access/actor.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { startFaultProxy } from "#tests/support/fault-proxy.ts";
import { makeEvent, startedAt } from "#tests/support/make-event.ts";
import { type PostgresqlReplica, type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { until } from "#tests/support/proxy-process.ts";

const operator = operatorActor("test");
const event = () => makeEvent(startedAt("2026-11-20T10:00:00Z"));

let server: PostgresqlServer;
let otherServer: PostgresqlServer;
let copy: PostgresqlReplica;
let databaseUrl = "";
beforeAll(async () => {
  [server, otherServer] = [await startPostgresql(), await startPostgresql()];
  databaseUrl = await server.newMigratedDatabase();
  copy = await server.startReplica();
});
afterAll(async () => {
  await copy?.stop();
  await server?.stop();
  await otherServer?.stop();
});

/** The address of a new database in the copy, once it is there. */
async function copied(newUrl: string): Promise<string> {
  const url = copy.toUrl(newUrl);
  await until(async () => {
    const connection = await openSqlConnection(url).catch(() => null);
    await connection?.close();
    return connection !== null;
  });
  return url;
}

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

describe("reports of a console with a read replica", () => {
  it("come from the copy while it follows, and from the database once it is too far behind", async () => {
    await withWorld(copy.toUrl(databaseUrl), async (world) => {
      await world.record([event(), event()]);
      await until(async () => (await stateIn(world))?.kind === "used" && (await requestsIn(world)) === 2);

      await copy.pause();
      try {
        await world.record([event()]);
        // Read from the copy: it does not have the third.
        expect(await requestsIn(world)).toBe(2);
        await until(async () => (await stateIn(world))?.kind === "behind");
        expect(await requestsIn(world)).toBe(3);
        expect(await stateIn(world)).toEqual({ kind: "behind", behindMs: expect.any(Number) });
      } finally {
        await copy.resume();
      }
      await until(async () => (await stateIn(world))?.kind === "used");
      expect(await requestsIn(world)).toBe(3);
    });
  });

  it("come from the database while the copy is away or hangs, without an error", async () => {
    const network = await startFaultProxy(copy.toUrl(databaseUrl));
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

  it("cost a few seconds when the copy hangs in the middle of its work, and none of a slow statement", async () => {
    const network = await startFaultProxy(copy.toUrl(databaseUrl));
    onTestFinished(() => network.stop());
    await withWorld(network.url, async (world) => {
      await until(async () => (await stateIn(world))?.kind === "used");
      const slow = await world.deps.replica?.all("SELECT 'slow' AS answer, pg_sleep(3.5)");
      expect(slow).toMatchObject([{ answer: "slow" }]);
      expect(await stateIn(world)).toMatchObject({ kind: "used" });

      await network.set("hang");
      const beganTick = performance.now();
      await requestsIn(world);
      const tookMs = performance.now() - beganTick;
      expect(tookMs).toBeLessThan(6_000);
      expect(await stateIn(world)).toMatchObject({ kind: "away" });
    });
  });

  it.each([
    ["another database of the same server", "no copy", async () => copied(await server.newMigratedDatabase())],
    ["the database itself", "the database itself", async () => databaseUrl],
    ["another server with the same content", "no copy", async () => otherServer.newMigratedDatabase()],
  ])("never come from %s, which doctor names", async (_name, named, makeUrl) => {
    const foreign = await makeUrl();
    await withWorld(foreign, async (world) => {
      const direct = await makeControlWorld({ databaseUrl });
      const expected = await requestsIn(direct).finally(() => direct.end());

      expect(await requestsIn(world)).toBe(expected);
      expect(await stateIn(world)).toEqual({ kind: "away", problem: expect.stringContaining(`it is ${named}`) });
      const env = {
        DATABASE_URL: databaseUrl,
        CCO_READ_DATABASE_URL: foreign,
        CCO_DATA_DIR: world.deps.config.dataDir,
      };
      expect((await ccoHere(["doctor", "--offline"], env)).stdout).toMatch(new RegExp(`read replica +it is ${named}`));
    });
  });

  it("come from a copy that has just been named, which doctor finds well", async () => {
    await withWorld(copy.toUrl(databaseUrl), async (world) => {
      expect(await stateIn(world)).toMatchObject({ kind: "used" });
      const env = {
        DATABASE_URL: databaseUrl,
        CCO_READ_DATABASE_URL: copy.toUrl(databaseUrl),
        CCO_DATA_DIR: world.deps.config.dataDir,
      };
      expect((await ccoHere(["doctor", "--offline"], env)).stdout).toMatch(
        /read replica +answers, \d+ seconds? behind/,
      );
    });
  });
});
