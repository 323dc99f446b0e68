import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { systemIo } from "#proxy/spool/segment.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { type Answer, askMany, failed } from "#tests/support/ask-many.ts";
import { diskFaults } from "#tests/support/disk-faults.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { testSeed } from "#tests/support/seeded-random.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

interface Health {
  spool_state: string;
  spool_bytes: number;
  events_dropped: number;
}

const health = async ({ url }: { url: string }): Promise<Health> =>
  (await (await fetch(`${url}/health`)).json()) as Health;

const readMetrics = async ({ url }: { url: string }): Promise<string> => (await fetch(`${url}/metrics`)).text();

/** Every answer is in the books once and whole, and nothing waits any more. */
async function expectComplete(proxy: ProxyProcess, answers: readonly Answer[]): Promise<void> {
  await until(async () => (await health(proxy)).spool_bytes === 0);
  expect((await health(proxy)).events_dropped).toBe(0);
  const rows = await proxy.events(answers.length);
  expect(await proxy.stop()).toBe(0);
  const complete = new Set(rows.filter(({ ended }) => ended === "complete").map(({ id }) => id));
  expect(failed(answers)).toEqual([]);
  expect(answers.filter(({ id }) => !complete.has(id))).toEqual([]);
  expect(rows).toHaveLength(answers.length);
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  onTestFinished(() => connection.close());
  expect((await verifyLedger(connection, [loadCatalogue()])).problems).toEqual([]);
}

/** Data folder created before its proxy, so that the spool can be on a separate disk. */
function home(): string {
  const folder = mkdtempSync(join(tmpdir(), "cco-faults-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  mkdirSync(join(folder, "data", "spool"), { recursive: true, mode: 0o700 });
  return folder;
}

it("R6: a disk that refuses writes and syncs at random loses no request or record, and a refused file is never synced again", async () => {
  const seed = testSeed();
  const disk = diskFaults({ path: ".log", seed, syncPercent: 20, eioPercent: 2, fullPercent: 3 });
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: disk.env, dataDir: home() });
  onTestFinished(async () => void (await proxy.stop("SIGKILL")));

  disk.begin();
  const during = await askMany(proxy.url, 400, "slow-5");
  await until(() => disk.syncs().some(({ isRefused }) => isRefused));
  disk.end();
  const after = await askMany(proxy.url, 20);

  const syncs = disk.syncs();
  const refused = syncs.filter(({ isRefused }) => isRefused);
  console.log(`seed ${seed}: ${syncs.length} syncs, ${refused.length} refused`);
  const paths = new Set(refused.map(({ path }) => path));
  for (const path of paths) {
    const ofFile = syncs.filter((sync) => sync.path === path);
    expect(
      ofFile.findIndex(({ isRefused }) => isRefused),
      path,
    ).toBe(ofFile.length - 1);
  }
  expect(proxy.output()).toContain("the disk refuses what the spool writes");
  await expectComplete(proxy, [...during, ...after]);
});

interface ClusterView {
  who: string;
  env: Record<string, string>;
}
const crews: ClusterView[] = [
  { who: "one process", env: {} },
  { who: "two workers", env: { CCO_WORKERS: "2" } },
];

it.each(crews)(
  "R5: a full spool disk ($who) loses no request or record: the database takes them directly, and it is reported",
  async ({ env }) => {
    const folder = home();
    const disk = spoolDisk(join(folder, "data", "spool"));
    const options = { upstreamUrl: mock.url, rules: ONE_RULE, env: { ...disk.env, ...env }, dataDir: folder };
    const proxy = await startProxy(options);
    onTestFinished(async () => void (await proxy.stop("SIGKILL")));
    const before = await askMany(proxy.url, 20);
    await until(async () => (await health(proxy)).spool_bytes === 0);

    disk.fill();
    // Files that the database has are removed, so there is a little room now and then, and none again.
    const [during] = await Promise.all([
      askMany(proxy.url, 700),
      until(async () => (await health(proxy)).spool_state === "disk-full"),
      until(async () => (await readMetrics(proxy)).includes("\ncco_spool_ok 0\n")),
    ]);
    const rowsDuring = await proxy.events(720); // with the disk still full
    disk.empty();

    expect(rowsDuring).toHaveLength(720);
    const after = await askMany(proxy.url, 20);
    await until(() => proxy.output().includes("the spool can be written again"));
    expect(proxy.output()).toContain("the disk of the spool is full");
    await expectComplete(proxy, [...before, ...during, ...after]);
  },
  120_000,
);

it("R5: a disk smaller than one file, filled during a database outage, is freed after it", async () => {
  const folder = home();
  // Where no disk can be mounted, one that takes nothing until everything has left it.
  const isMounted = mountSmall(join(folder, "data", "spool"), 512 * 1024);
  const disk = isMounted ? null : diskFaults({ path: ".log", fullPercent: 100 });
  disk?.begin();
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: disk?.env, dataDir: folder });
  onTestFinished(async () => void (await proxy.stop("SIGKILL")));
  const client = openSqliteFile(join(proxy.dataDir, "cco.db"));
  onTestFinished(() => client.close());
  const lock = await client.transaction("write");

  const during = await askMany(proxy.url, 800);
  expect(await health(proxy)).toMatchObject({ spool_state: "disk-full", events_dropped: 0 });
  await lock.rollback();

  await until(async () => (await health(proxy)).spool_bytes === 0);
  disk?.end();
  const after = await askMany(proxy.url, 20);
  await until(async () => (await health(proxy)).spool_state === "ok");
  await expectComplete(proxy, [...during, ...after]);
});

/** Small real disk filled by other files, where mounting is allowed; else one whose writes are refused. */
function spoolDisk(folder: string): { env: Record<string, string>; fill(): void; empty(): void } {
  if (!mountSmall(folder, 8 * 1024 * 1024)) {
    const { env, begin, end } = diskFaults({ path: ".log", fullPercent: 100 });
    return { env, fill: begin, empty: end };
  }
  let empty = () => {};
  return {
    env: {},
    fill: () => {
      empty = fillUp(folder);
    },
    empty: () => empty(),
  };
}

it("R5: lost records are counted for operators and hidden from strangers", async () => {
  const spool = openSpool({
    ...{ dir: join(scratchFolder(), "spool"), instanceId: "ins_full", reserveBytes: 0, ringMax: 2 },
    io: {
      ...systemIo,
      writeSync: () => {
        throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      },
    },
  });
  onTestFinished(() => spool.end());
  for (let n = 0; n < 5; n += 1) spool.close(makeEvent());
  const proxy = await startProxyInProcess({ upstreamUrl: mock.url, rules: ONE_RULE, spool });
  onTestFinished(() => proxy.end());

  expect(await health(proxy)).toMatchObject({ status: "ok", spool_state: "disk-full", events_dropped: 3 });
  const metrics = await readMetrics(proxy);
  expect(metrics).toContain("\ncco_events_dropped_total 3\n");
  expect(metrics).toMatch(/^cco_events_pending \d{3,4}$/m);
  expect(metrics).toMatch(/^cco_events_oldest_seconds [\d.]+$/m);
  await eventually(async () => expect((await health(proxy)).spool_bytes).toBeGreaterThan(900));

  const env = { CCO_HOST: "0.0.0.0", CCO_REQUIRE_KEY: "1" };
  const open = await startProxyInProcess({ upstreamUrl: mock.url, rules: ONE_RULE, spool, env });
  onTestFinished(() => open.end());
  expect(Object.keys(await health(open)).sort()).toEqual(
    ["cache_hits", "cache_misses", "override_rules", "overrides_enabled", "status", "uptime"], // what scripts have always read
  );
});
