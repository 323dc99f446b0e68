import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { startMock } from "#mock/server.ts";
import { RESERVE_FILE } from "#proxy/spool/disk-reserve.ts";
import { eventPages } from "#store/events.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { askMany, failed } from "#tests/support/ask-many.ts";
import { diskFaults } from "#tests/support/disk-faults.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { ONE_RULE, startProxy, until } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";

const RESERVE_BYTES = 64 * 1024 * 1024;
/** Room for what the spool keeps in reserve, and little more. */
const DISK_BYTES = 80 * 1024 * 1024;

it("no answered request is lost or doubled with the database down, the disk full and kill -9 together", async () => {
  const mock = await startMock({ record: false });
  const server = await startPostgresql();
  const databaseUrl = await server.newDatabase();
  const dataDir = scratchFolder();
  const data = join(dataDir, "data");
  mkdirSync(data);
  const isMounted = mountSmall(data, DISK_BYTES);
  const faults = isMounted ? null : diskFaults({ path: "/spool/", fullPercent: 30 });
  const options = {
    upstreamUrl: mock.url,
    rules: ONE_RULE,
    dataDir,
    env: { DATABASE_URL: databaseUrl, ...faults?.env },
  };
  let proxy = await startProxy(options);
  onTestFinished(async () => {
    await proxy.stop("SIGKILL");
    await mock.close();
    await server.stop();
  });
  const answers = await askMany(proxy.url, 40);

  // As a process makes it after half a minute on a disk with more room.
  writeFileSync(join(data, "spool", RESERVE_FILE), Buffer.alloc(RESERVE_BYTES));
  await server.halt();
  let empty = () => faults?.end();
  if (isMounted) empty = fillUp(data);
  else faults?.begin();
  answers.push(...(await askMany(proxy.url, 150)));
  const underWay = askMany(proxy.url, 400);
  await wait(300);
  await proxy.stop("SIGKILL");
  answers.push(...(await underWay).filter(({ isWhole }) => isWhole));
  // Still without the database, on the same full disk.
  proxy = await startProxy(options);
  answers.push(...(await askMany(proxy.url, 100)));

  empty();
  await server.resume();
  await until(async () => {
    const health = (await (await fetch(`${proxy.url}/health`)).json()) as Record<string, unknown>;
    return health.spool_bytes === 0 && health.spool_left_behind_bytes === 0 && health.database === "ok" && health;
  });
  expect(await proxy.stop()).toBe(0);

  expect(failed(answers)).toEqual([]);
  expect(answers.length).toBeGreaterThan(290);
  const connection = await openSqlConnection(databaseUrl);
  onTestFinished(() => connection.close());
  const endings = new Map<string, string[]>();
  for await (const events of eventPages(connection))
    for (const { id, ended } of events) endings.set(id, [...(endings.get(id) ?? []), ended]);
  expect(answers.filter(({ id }) => endings.get(id)?.join() !== "complete")).toEqual([]);
  expect([...endings.values()].filter(({ length }) => length !== 1)).toEqual([]);
  expect((await verifyLedger(connection, [loadCatalogue()])).problems).toEqual([]);
});
