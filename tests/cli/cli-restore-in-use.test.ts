import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { startChild } from "#tests/support/child.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { clearAway, NO_RULES, type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";
import { runCco } from "#tests/support/run-cco.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

// Every process that has the database open stops a restore, from wherever and by whichever path it is named.

let proxy: ProxyProcess;
let base: string;
let dbDir: string;
let url: string;
let archive: string;
beforeAll(async () => {
  base = mkdtempSync(join(tmpdir(), "cco-in-use-"));
  dbDir = join(base, "dbdir");
  mkdirSync(dbDir);
  await putMigrated(join(dbDir, "cco.db"));
  url = `file:${join(dbDir, "cco.db")}`;
  archive = (await makeInstallation("archived")).archive;
  proxy = await startProxy({ upstreamUrl: "http://127.0.0.1:9", env: { DATABASE_URL: url } });
});
afterAll(async () => {
  if (proxy) await clearAway(proxy);
  rmSync(base, { recursive: true, force: true });
});

const OTHER_USER = 65534;

/** An installation with one backup; nothing of it runs. */
async function makeInstallation(name: string) {
  const folder = join(base, name);
  const env = { CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: join(folder, "model-overrides.toml") };
  mkdirSync(env.CCO_DATA_DIR, { recursive: true });
  writeFileSync(env.CCO_CONFIG, NO_RULES);
  const file = join(env.CCO_DATA_DIR, "cco.db");
  await putMigrated(file);
  const made = await ccoHere(["backup", "--include", "events", "--json"], env);
  return { env, url: `file:${file}`, archive: JSON.parse(made.stdout).file as string };
}

const rules = () => ({ CCO_CONFIG: join(scratchFolder(), "rules.toml") });

it("is refused where the folder named is that of a database that CCO uses from another data folder", async () => {
  const link = join(scratchFolder(), "link");
  symlinkSync(dbDir, link);
  for (const folder of [dbDir, link]) {
    const restored = await ccoHere(["restore", archive, "--data-dir", folder, "--yes"]);
    const preview = await ccoHere(["restore", archive, "--data-dir", folder]);

    expect([folder, restored.code, restored.stderr]).toEqual([folder, 5, expect.stringContaining(`${proxy.pid}`)]);
    expect([preview.code, preview.stderr]).toEqual([0, expect.stringContaining(`${proxy.pid}`)]);
  }
});

it("is refused in the stopped installation whose database another one uses", async () => {
  const restored = await ccoHere(["restore", archive, "--yes"], { CCO_DATA_DIR: dbDir, ...rules() });

  expect([restored.code, restored.stderr]).toEqual([5, expect.stringContaining(`${proxy.pid}`)]);
});

it("is refused beside cco alerts watch, and goes on when it has ended", async () => {
  const { env, archive: own } = await makeInstallation("watched");
  const watching = runCco(["alerts", "watch"], env);
  await eventually(async () => {
    const { code, stderr } = await ccoHere(["restore", own, "--yes"], env);
    expect([code, stderr]).toEqual([5, expect.stringContaining(`Process ${watching.child.pid} of this machine has`)]);
  });
  await watching.stop();

  expect(await ccoHere(["restore", own, "--yes"], env)).toMatchObject({ code: 0 });
});

it("is refused beside a process that has the database open as the console has it, until that is killed", async () => {
  const { env, url: opened, archive: own } = await makeInstallation("shown");
  const child = startChild("open-database", { url: opened });
  onTestFinished(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.process.stdout?.once("data", resolve));

  const beside = await ccoHere(["restore", own, "--yes"], env);
  child.kill("SIGKILL");
  await child.ended;

  expect([beside.code, beside.stderr]).toEqual([5, expect.stringContaining(`Process ${child.process.pid} of`)]);
  expect(await ccoHere(["restore", own, "--yes"], env)).toMatchObject({ code: 0 });
});

it("is refused where the process that has the database open could not open its lock, and names the fix", async ({
  skip,
}) => {
  if (process.getuid?.() !== 0) return skip("only root has files of other users");
  const { env, url: opened, archive: own } = await makeInstallation("locked");
  const file = join(env.CCO_DATA_DIR, "cco.db");
  for (const folder of [base, join(base, "locked"), env.CCO_DATA_DIR]) chmodSync(folder, 0o755);
  rmSync(`${file}.lock`, { force: true });
  writeFileSync(`${file}.lock`, "", { mode: 0o600 });
  for (const path of [env.CCO_DATA_DIR, file]) chownSync(path, OTHER_USER, OTHER_USER);
  for (const end of ["-wal", "-shm"]) rmSync(`${file}${end}`, { force: true });
  const child = startChild("open-database", { url: opened, uid: OTHER_USER });
  onTestFinished(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.process.stdout?.once("data", resolve));

  const first = await ccoHere(["restore", own, "--yes"], env);
  child.kill("SIGKILL");
  const { errors } = await child.ended;

  expect([first.code, first.stderr]).toEqual([5, expect.stringContaining("was not open to everyone")]);
  expect(errors.split(`chown ${OTHER_USER}:`)).toHaveLength(2);
});

it("is refused where the lock was removed under the process that has the database open", async () => {
  const { env, url: opened, archive: own } = await makeInstallation("unlocked");
  const child = startChild("open-database", { url: opened });
  onTestFinished(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.process.stdout?.once("data", resolve));
  rmSync(join(env.CCO_DATA_DIR, "cco.db.lock"));

  const { code, stderr } = await ccoHere(["restore", own, "--yes"], env);

  expect([code, stderr]).toEqual([5, expect.stringContaining(`Process ${child.process.pid} of`)]);
});
