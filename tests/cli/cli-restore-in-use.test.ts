import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
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
  const child = await openAsConsole({ url: opened });

  const beside = await ccoHere(["restore", own, "--yes"], env);
  child.kill("SIGKILL");
  await child.ended;

  expect([beside.code, beside.stderr]).toEqual([5, expect.stringContaining(`Process ${child.process.pid} of`)]);
  expect(await ccoHere(["restore", own, "--yes"], env)).toMatchObject({ code: 0 });
});

it("is refused where the process that has the database open could not open its lock, before and after the fix it prints", async ({
  skip,
}) => {
  if (process.getuid?.() !== 0) return skip("only root has files of other users");
  const data = join(base, "locked");
  const env = { CCO_DATA_DIR: data, ...rules() };
  const file = join(data, "cco.db");
  mkdirSync(data);
  for (const folder of [base, data]) chmodSync(folder, 0o755);
  await putMigrated(file);
  writeFileSync(`${file}.lock`, "", { mode: 0o600 });
  for (const path of [data, file]) chownSync(path, OTHER_USER, OTHER_USER);
  const child = await openAsConsole({ url: `file:${file}`, uid: OTHER_USER });

  const doctor = await ccoHere(["doctor", "--offline"], env);
  const runs = [await ccoHere(["restore", archive, "--yes"], env)];
  chownSync(`${file}.lock`, OTHER_USER, OTHER_USER);
  chmodSync(`${file}.lock`, 0o600);
  runs.push(await ccoHere(["restore", archive, "--yes"], env));
  const preview = await ccoHere(["restore", archive], env);
  child.kill("SIGKILL");
  const { errors } = await child.ended;

  const named = expect.stringContaining(`Process ${child.process.pid} of this machine has ${file} open`);
  for (const { code, stderr } of runs) expect([code, stderr]).toEqual([5, named]);
  expect([preview.code, preview.stderr]).toEqual([0, named]);
  expect(errors.split(`chown ${OTHER_USER}:`)).toHaveLength(2);
  for (const text of [errors, doctor.stdout]) expect(text).toContain("then wait a minute before a restore");
});

const OBSTACLES = [
  { kind: "a symbolic link", put: (path: string) => symlinkSync("/nonexistent/x.lock", path) },
  { kind: "a symbolic link", put: (path: string) => symlinkSync(`${path}.target`, path) },
  { kind: "a folder", put: (path: string) => mkdirSync(path) },
  { kind: "a file that holds something", put: (path: string) => writeFileSync(path, "text\n") },
];

it.each(OBSTACLES)(
  "is refused where the lock is $kind, which log and doctor name with the fix",
  async ({ kind, put }) => {
    const { env, url: opened, archive: own } = await makeInstallation(`obstacle-${scratchFolder().slice(-6)}`);
    const lock = join(env.CCO_DATA_DIR, "cco.db.lock");
    rmSync(lock);
    put(lock);
    const before = lstatSync(lock).ino;
    const child = await openAsConsole({ url: opened });
    child.kill("SIGKILL");
    const { errors } = await child.ended;
    const doctor = await ccoHere(["doctor", "--offline"], env);
    const preview = await ccoHere(["restore", own], env);
    const restored = await ccoHere(["restore", own, "--yes"], env);

    const says = `The lock file ${lock} cannot be used: ${lock} is ${kind}`;
    const fix = `mv ${lock} ${lock}.aside, then wait a minute`;
    for (const text of [errors, doctor.stdout, preview.stderr, restored.stderr]) {
      expect(text).toContain(says);
      expect(text).toContain(fix);
    }
    expect(errors.split(says)).toHaveLength(2);
    expect([preview.code, restored.code]).toEqual([0, 5]);
    expect([lstatSync(lock).ino, existsSync(`${lock}.target`)]).toEqual([before, false]);

    renameSync(lock, `${lock}.aside`);
    expect(await ccoHere(["restore", own, "--yes"], env)).toMatchObject({ code: 0 });
  },
);

it("names a lock of another kind that is none: of a restore, of a spool, of a database that is not there yet", async () => {
  const { env, archive: own } = await makeInstallation("others");
  const spool = join(env.CCO_DATA_DIR, "spool");
  mkdirSync(spool);
  const locks = [join(env.CCO_DATA_DIR, "restore.lock"), join(spool, "ins_1.lock")];
  for (const lock of locks) {
    mkdirSync(lock);
    const preview = await ccoHere(["restore", own], env);
    const restored = await ccoHere(["restore", own, "--yes"], env);
    const says = expect.stringContaining(`The lock file ${lock} cannot be used: ${lock} is a folder`);
    expect([preview.code, preview.stderr, restored.code, restored.stderr]).toEqual([0, says, 5, says]);
    rmdirSync(lock);
  }

  const drill = join(scratchFolder(), "drill");
  const lock = join(drill, "cco.db.lock");
  mkdirSync(lock, { recursive: true });
  const preview = await ccoHere(["restore", own, "--data-dir", drill]);
  const restored = await ccoHere(["restore", own, "--data-dir", drill, "--yes"]);
  const says = expect.stringContaining(`mv ${lock} ${lock}.aside`);
  expect([preview.code, preview.stderr, restored.code, restored.stderr]).toEqual([0, says, 5, says]);
  expect(readdirSync(drill)).toEqual(["cco.db.lock"]);
});

/** A process that has a database open as the console has it, until it is killed. */
async function openAsConsole(options: { url: string; uid?: number }) {
  const child = startChild("open-database", options);
  onTestFinished(() => child.kill("SIGKILL"));
  await new Promise((resolve) => child.process.stdout?.once("data", resolve));
  return child;
}

it("is refused where the lock was removed under the process that has the database open", async () => {
  const { env, url: opened, archive: own } = await makeInstallation("unlocked");
  const child = await openAsConsole({ url: opened });
  rmSync(join(env.CCO_DATA_DIR, "cco.db.lock"));

  const { code, stderr } = await ccoHere(["restore", own, "--yes"], env);

  expect([code, stderr]).toEqual([5, expect.stringContaining(`Process ${child.process.pid} of`)]);
});
