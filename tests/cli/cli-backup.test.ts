// Long because one proxy that carries traffic, is stopped and killed serves every command.

import { execFile } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { formatCount } from "#core/report/format.ts";
import { startMock } from "#mock/server.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { DAMAGE_DATABASE } from "#tests/support/backups.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { closeDatabaseFiles } from "#tests/support/close-databases.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { clearAway, NO_RULES, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { finished, root, runCco } from "#tests/support/run-cco.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

// The commands as processes, beside one proxy that carries traffic and is stopped, killed and started again.

let mock: Awaited<ReturnType<typeof startMock>>;
let proxy: ProxyProcess;
beforeAll(async () => {
  mock = await startMock({ record: false });
  proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE });
});
afterAll(async () => {
  if (proxy) await clearAway(proxy);
  await mock?.close();
});

const env = () => ({ CCO_DATA_DIR: proxy.dataDir, CCO_CONFIG: proxy.rulesFile });
const databaseUrl = () => `file:${join(proxy.dataDir, "cco.db")}`;

async function ask(): Promise<void> {
  const body = '{"model":"claude-opus-5-5","max_tokens":5,"messages":[{"role":"user","content":"hi"}]}';
  const headers = { "content-type": "application/json", "x-api-key": "sk-test", "anthropic-version": "2023-06-01" };
  await (await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body })).text();
}

async function query(sql: string) {
  const connection = await openSqlConnection(databaseUrl());
  return connection.all(sql).finally(() => connection.close());
}

const sum = async (column = "requests") =>
  Number((await query(`SELECT SUM(${column}) AS sum FROM rollup_quarter`))[0]?.sum);

/** Starts the proxy again on the same data; what it held is drained when this resolves. */
async function startAgain(): Promise<void> {
  const rules = readFileSync(proxy.rulesFile, "utf8");
  proxy = await startProxy({ upstreamUrl: mock.url, rules, dataDir: dirname(proxy.dataDir) });
}

it("cco backup is of one moment while traffic is recorded, and cco verify agrees with it after a restore", async () => {
  let isOver = false;
  const callers = Array.from({ length: 4 }, async () => {
    while (!isOver) await ask();
  });
  await proxy.events(20);

  const made = await finished(["backup", "--include", "events", "--json"], env());
  const { file, rows } = JSON.parse(made.stdout);
  await until(async () => (await proxy.events(1)).length > rows.request_event);
  isOver = true;
  await Promise.all(callers);
  const running = await finished(["restore", file, "--yes"], env());

  expect(made.code).toBe(0);
  expect(rows.request_event).toBeGreaterThanOrEqual(20);
  expect([running.code, running.stderr]).toEqual([
    5,
    expect.stringMatching(/^error: CCO is running with this database/),
  ]);

  await proxy.stop();
  const other = join(scratchFolder(), "other");
  const place = { CCO_DATA_DIR: other, CCO_CONFIG: join(dirname(other), "model-overrides.toml") };
  const restored = await finished(["restore", file, "--yes", "--json"], place);
  const verified = await ccoHere(["verify", "--json"], place);

  expect(JSON.parse(restored.stdout)).toMatchObject({ restored: true, safety_backup: null });
  expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true, events: rows.request_event, opening_balance: null });
  expect(readFileSync(place.CCO_CONFIG, "utf8")).toBe(ONE_RULE);
});

it("cco restore of a killed proxy counts no record of its spool twice", async () => {
  await startAgain();
  const atStart = await sum();
  await ask();
  await until(async () => (await sum()) === atStart + 1);
  const made = await ccoHere(["backup", "--json"], env());
  const { file } = JSON.parse(made.stdout);
  const before = await sum();
  const cost = await sum("cost_nano_usd");
  await Promise.all([ask(), ask(), ask()]);
  await until(async () => (await sum()) === before + 3);
  await proxy.stop("SIGKILL");

  const preview = await ccoHere(["restore", file], env());
  const restored = await finished(["restore", file, "--yes"], env());

  expect(preview.stdout).toMatch(/^lost: 3 requests counted; [\d,]+ single requests of Activity$/m);
  expect(preview.stderr).toMatch(/^Nothing was changed\. To carry it out: cco restore /m);
  expect(restored.stderr).toMatch(/what was there before: .*cco-before-restore-/);
  expect([restored.code, await sum(), await sum("cost_nano_usd")]).toEqual([0, before, cost]);

  await startAgain();
  await ask();
  // Of the three that were lost, those whose records the killed process had left in its spool come back, once.
  await until(async () => Number((await query("SELECT COUNT(*) AS count FROM event_row"))[0]?.count) >= 1);
  await proxy.stop();
  const verified = await ccoHere(["verify"], env());
  const held = Number((await query("SELECT COUNT(*) AS count FROM event_row"))[0]?.count);
  expect(verified.stderr).toMatch(
    new RegExp(
      `are not held: the totals of ${formatCount(before)} requests are kept from the backup that was restored`,
    ),
  );
  expect([verified.code, await sum()]).toEqual([0, before + held]);
});

it("cco restore that is killed at any moment leaves all of the old or all of the new", async () => {
  const { file } = JSON.parse((await ccoHere(["backup", "--include", "events", "--json"], env())).stdout);
  const old = await sum();
  const recordLater = async () => {
    const connection = await openSqlConnection(databaseUrl());
    await recordEvents(
      connection,
      Array.from({ length: 3_000 }, (_, at) => pricedEvent({ id: `evt_later_${at}`, startedAtMs: Date.now() - at })),
    );
    await connection.close();
  };
  await recordLater();
  const startedAtMs = performance.now();
  expect((await finished(["restore", file, "--yes"], env())).code).toBe(0);
  const wholeMs = performance.now() - startedAtMs;
  await recordLater();
  const now = await sum();

  const states: number[] = [];
  // Parts of a whole run, so that kills fall into it on a fast and on a slow machine. The first falls into the start of
  // Node.
  for (const part of [0.1, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]) {
    const run = runCco(["restore", file, "--yes"], env());
    onTestFinished(() => run.stop());
    await wait(part * wholeMs);
    run.child.kill("SIGKILL");
    await run.ended;
    const state = await sum();
    states.push(state);
    expect([old, now]).toContain(state);
    const verified = await ccoHere(["verify", "--json"], env());
    expect(JSON.parse(verified.stdout)).toMatchObject({ ok: true });
    if (state === old) break;
  }

  expect(states[0]).toBe(now);
  expect((await finished(["restore", file, "--yes"], env())).code).toBe(0);
  expect(await sum()).toBe(old);
});

it("a start after a restore that was killed before the rules file was written writes it", async () => {
  const { file } = JSON.parse((await ccoHere(["backup", "--json"], env())).stdout);
  await ccoHere(["restore", file, "--yes"], env());
  const { createHash } = await import("node:crypto");
  // As the commit leaves it: the file is still the one of before, and noted as known.
  proxy.writeRules(NO_RULES);
  const hash = createHash("sha256").update(NO_RULES).digest("hex");
  await query(`UPDATE setting SET value = '${JSON.stringify(hash)}' WHERE key = 'rules.file-hash'`);

  await startAgain();

  await eventually(() => expect(readFileSync(proxy.rulesFile, "utf8")).toBe(ONE_RULE));
  expect(await query("SELECT COUNT(*) AS count FROM rule_version")).toEqual([{ count: 1n }]);
});

it("docs/howto/back-up-and-restore.md works line by line", async () => {
  const folder = scratchFolder();
  mkdirSync(join(folder, "config"));
  writeFileSync(join(folder, "config", "model-overrides.toml"), ONE_RULE);
  mkdirSync(join(folder, "data"));
  await migrateDatabase(`file:${join(folder, "data", "cco.db")}`);
  closeDatabaseFiles();
  const page = readFileSync("docs/howto/back-up-and-restore.md", "utf8");
  const written = [...page.matchAll(/```bash\n([\s\S]*?)```/g)].map(([, block]) => block).join("");
  const lines = written.replace("for file in data/cco.db ", (line) => `${DAMAGE_DATABASE}\n${line}`);
  const cco = `cco() { "${process.execPath}" "${join(root, "bin/cco.mjs")}" "$@"; }`;

  const { PATH = "" } = process.env;
  const options = { cwd: folder, env: { NODE_ENV: "test", PATH, HOME: folder, NO_COLOR: "1" } as const };
  const script = `set -eu\n${cco}\n${lines}`;
  const { stdout, stderr } = await promisify(execFile)("bash", ["-c", script], options);

  expect(lines.match(/^cco /gm)?.length).toBe(9);
  expect(lines).toContain(DAMAGE_DATABASE);
  expect(stderr).toContain("everything is as it was at");
  expect(stdout).toMatch(/^backup of .*, with every event, /m);
});

it.each([
  [["backup", "--include", "sessions"], 2, /--include sessions is not known/],
  [["backup", "--keep", "0"], 2, /--keep 0 is no number of archives/],
  [["backup", "verify"], 2, /name the archive/],
  [["backup", "verify", "package.json"], 2, /is no backup of CCO/],
  [["backup", "verify", "not-there.tar.gz"], 1, /cannot be read \(ENOENT\)/],
  [["backup", "verify", "package.json/x"], 1, /cannot be read \(ENOTDIR\)/],
  [["backup", "verify", "x".repeat(300)], 1, /cannot be read \(ENAMETOOLONG\)/],
  [["backup", "list", "--to", "package.json"], 73, /package\.json cannot be read \(ENOTDIR\)/],
  [["backup", "--to", "package.json"], 73, /takes no file/],
  [["backup", "list", "--to", "/nonexistent/a"], 73, /the folder \/nonexistent\/a does not exist\. Mount its disk/],
  [["backup", "--to", "/nonexistent/a/b"], 73, /the folder \/nonexistent\/a\/b does not exist\. Mount its disk/],
  [["backup", "lst"], 2, /there is no "cco backup lst"/],
  [["restore"], 2, /name the archive/],
  [["restore", "package.json", "--yes"], 2, /is no backup of CCO/],
])("cco %j ends with %i and says why", async (args, code, why) => {
  const run = await ccoHere(args, env());

  expect([run.code, run.stderr]).toEqual([code, expect.stringMatching(why)]);
});

it("makes no folder that was named, by a flag or a variable, and the usual one", async () => {
  const away = join(scratchFolder(), "mnt", "backups");
  const runs = [
    await ccoHere(["backup", "--to", away], env()),
    await ccoHere(["backup"], { ...env(), CCO_BACKUP_FOLDER: away }),
  ];
  const usual = await ccoHere(["backup", "--to", join(proxy.dataDir, "backups")], env());

  expect(runs.map(({ code }) => code)).toEqual([73, 73]);
  expect(existsSync(dirname(away))).toBe(false);
  expect(usual.code).toBe(0);
});

it("makes a backup on a schedule, one for all who ask within the time, and again after a failure", async () => {
  const folder = scratchFolder();
  const settings = { ...env(), CCO_BACKUP_EVERY_HOURS: "24", CCO_BACKUP_FOLDER: folder };
  const service = runCco(["run", "--no-console", "--port", "0"], {
    ...settings,
    CCO_DATA_DIR: scratchFolder(),
    CCO_UPSTREAM_URL: mock.url,
  });
  onTestFinished(() => service.stop());
  const archives = () => (existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith(".tar.gz")) : []);
  await until(() => archives().length === 1, 120_000);
  await service.stop();

  const words = (to: string) => ["backup", "--if-older-than", "24h", "--json", "--to", to];
  const due = (to: string) => ccoHere(words(to), env());
  const ago = (key: string, hours: number) =>
    query(
      `UPDATE setting SET value = '"${new Date(Date.now() - hours * 3_600_000).toISOString()}"' WHERE key = '${key}'`,
    );
  const failed = await due("/dev/null/backups");
  const early = await due(folder);
  await ago("backup.begun", 1);
  const again = await due(folder);
  const done = await due(folder);
  await Promise.all([ago("backup.begun", 24), ago("backup.done", 24)]);
  const both = await Promise.all([finished(words(folder), env()), finished(words(folder), env())]);

  expect(failed.code).toBe(73);
  expect(JSON.parse(early.stdout)).toEqual({ schema_version: 1, file: null });
  expect(JSON.parse(again.stdout).file).toMatch(/cco-backup-.*gz$/);
  expect(JSON.parse(done.stdout)).toEqual({ schema_version: 1, file: null });
  expect(both.map(({ stdout }) => JSON.parse(stdout).file).filter((file) => file !== null)).toHaveLength(1);
  expect(archives()).toHaveLength(3);
});
