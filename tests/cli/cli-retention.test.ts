import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { requestsOfDay } from "#tests/support/retention.ts";
import { runCco } from "#tests/support/run-cco.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

const DAYS = ["2026-06-01", "2026-06-02"];
const ROWS = 1_440;
const RANGE = ["--from", "2026-05-30", "--to", "2026-07-01"];

it.each(["sqlite", "postgresql"])(
  "cco retention run that is killed at any moment goes on and counts nothing twice, on %s",
  async (kind) => {
    const dataDir = scratchFolder();
    const url =
      kind === "sqlite" ? `file:${join(dataDir, "cco.db")}` : await newServer().then((server) => server.newDatabase());
    const env = { CCO_DATA_DIR: dataDir, DATABASE_URL: url };
    await migrateDatabase(url);
    // Open all the while: the looks at what a run has done yet are many.
    const connection = await openSqlConnection(url);
    onTestFinished(() => connection.close());
    const query = (sql: string) => connection.all(sql);
    for (const day of DAYS) await recordEvents(connection, requestsOfDay(day, ROWS));
    const sums = () => query("SELECT * FROM rollup_day ORDER BY day, dims_key");
    const before = await sums();
    const csv = await ccoHere(["export", "--requests", ...RANGE], env);
    const dry = await ccoHere(["retention", "run", "--keep-days", "30", "--dry-run", "--json"], env);
    expect(JSON.parse(dry.stdout)).toMatchObject({
      requests: 2 * ROWS,
      days: DAYS.map((day) => ({ day, events: ROWS })),
    });

    const held = async () => Number((await query("SELECT COUNT(*) AS count FROM event_row"))[0]?.count);
    const noted = async () => Number((await query("SELECT COUNT(*) AS count FROM archive_file"))[0]?.count);
    const moments: (() => Promise<void>)[] = [
      () =>
        eventually(() =>
          expect(readdirSync(join(dataDir, "archive")).some((name) => name.endsWith(".tmp"))).toBe(true),
        ),
      () => eventually(async () => expect(await noted()).toBe(1)),
      () => eventually(async () => expect(await held()).toBeLessThan(2 * ROWS)),
      () => eventually(async () => expect(await noted()).toBe(2)),
      () => wait(400),
    ];
    for (const moment of moments) {
      const run = runCco(["retention", "run", "--keep-days", "30"], env);
      onTestFinished(() => run.stop());
      await moment();
      run.child.kill("SIGKILL");
      await run.ended;
      // Else the next one waits until the killed one has been silent for ten minutes.
      await query("DELETE FROM setting WHERE key = 'retention.begun'");
      const verified = await ccoHere(["verify", "--json"], env);
      const { differences, archived } = JSON.parse(verified.stdout);
      expect([differences, archived?.requests ?? 0]).toEqual([0, 2 * ROWS - (await held())]);
    }
    const last = await ccoHere(["retention", "run", "--keep-days", "30", "--json"], env);

    expect(last).toMatchObject({ code: 0, stderr: "" });
    expect(await held()).toBe(0);
    expect(await sums()).toEqual(before);
    const { files, unlisted } = JSON.parse((await ccoHere(["retention", "status", "--json"], env)).stdout);
    expect(files.map(({ day, rows }: { day: string; rows: number }) => [day, rows])).toEqual(
      DAYS.map((day) => [day, ROWS]),
    );
    expect(unlisted).toEqual([]);
    expect((await ccoHere(["retention", "verify"], env)).stderr).toMatch(/✓ 2 files with 2,880 requests/);
    expect((await ccoHere(["export", "--requests", ...RANGE], env)).stdout).toBe(csv.stdout);
  },
  600_000,
);

it("cco retention run and shrink end with the size that status says", async () => {
  const dataDir = scratchFolder();
  const env = { CCO_DATA_DIR: dataDir };
  const url = `file:${join(dataDir, "cco.db")}`;
  await migrateDatabase(url);
  const connection = await openSqlConnection(url);
  for (const day of DAYS) await recordEvents(connection, requestsOfDay(day, ROWS));
  await connection.close();
  // Each in a process, as people run them.
  const cco = async (...words: string[]) => {
    const run = runCco(["retention", ...words, "--json"], env);
    expect(await run.ended).toBe(0);
    return JSON.parse(run.stdout());
  };

  const { database_bytes } = await cco("run", "--keep-days", "30");
  const afterRun = await cco("status");
  const { bytes } = await cco("shrink");
  const afterShrink = await cco("status");

  // Apart from the notes that the run itself makes at its end.
  expect(Math.abs(database_bytes - afterRun.database.bytes)).toBeLessThan(100_000);
  expect(Math.abs(bytes - afterShrink.database.bytes)).toBeLessThan(100_000);
});

it.each([
  ["backup", ["backup", "--to", "/proc/cco/backups"]],
  ["retention run", ["retention", "run", "--keep-days", "30"]],
])(
  "cco %s into a folder that is not there ends with 73 and names it",
  async (_name, words) => {
    const dataDir = scratchFolder();
    const env = { CCO_DATA_DIR: dataDir, CCO_ARCHIVE_FOLDER: "/proc/cco/archive" };
    const url = `file:${join(dataDir, "cco.db")}`;
    await migrateDatabase(url);
    const connection = await openSqlConnection(url);
    await recordEvents(connection, requestsOfDay("2026-06-01", 10));
    await connection.close();
    const run = runCco(words, env);
    onTestFinished(() => run.stop());

    const code = await run.ended;
    const stderr = run.stderr();

    expect(stderr).toMatch(/the folder \/proc\/cco\/(backups|archive) does not exist\. Mount its disk/);
    expect(stderr.trim().split("\n").length).toBeLessThanOrEqual(2);
    expect(code).toBe(73);
  },
  60_000,
);

it("archives nothing below a mount point without its disk, and status and doctor say where files are not", async () => {
  const dataDir = scratchFolder();
  const mountPoint = scratchFolder();
  const away = { CCO_DATA_DIR: dataDir, CCO_ARCHIVE_FOLDER: join(mountPoint, "cco") };
  const url = `file:${join(dataDir, "cco.db")}`;
  await migrateDatabase(url);
  const connection = await openSqlConnection(url);
  await recordEvents(connection, requestsOfDay("2026-06-01", 5));
  const held = async () => (await connection.all("SELECT * FROM event_row")).length;

  const run = await ccoHere(["retention", "run", "--keep-days", "2"], away);
  const doctor = await ccoHere(["doctor", "--offline"], away);
  expect([run.code, run.stderr]).toEqual([73, expect.stringContaining(`${away.CCO_ARCHIVE_FOLDER} does not exist`)]);
  expect(doctor.stdout).toContain(`${away.CCO_ARCHIVE_FOLDER} does not exist`);
  expect([readdirSync(mountPoint), await held()]).toEqual([[], 5]);

  await ccoHere(["retention", "run", "--keep-days", "2"], { CCO_DATA_DIR: dataDir });
  const [here, elsewhere] = [
    await ccoHere(["retention", "status"], { CCO_DATA_DIR: dataDir }),
    await ccoHere(["retention", "status"], away),
  ];
  await connection.close();
  expect(here.stdout).toMatch(`, in ${join(dataDir, "archive")}\n`);
  expect(elsewhere.stdout).toContain(`NOT in ${away.CCO_ARCHIVE_FOLDER} (`);
  expect(elsewhere.stdout).toContain(`into ${join(dataDir, "archive")}): mount its disk`);
});

it("cco run that keeps requests for some days warns of no folder that was not named, and makes the usual one", async () => {
  const folder = scratchFolder();
  writeFileSync(join(folder, "rules.toml"), NO_RULES);
  const dataDir = join(folder, "data");
  const env = {
    CCO_DATA_DIR: dataDir,
    CCO_CONFIG: join(folder, "rules.toml"),
    CCO_PORT: "0",
    CCO_KEEP_EVENTS_DAYS: "90",
  };
  const cco = runCco(["run", "--no-console"], env);
  onTestFinished(() => cco.stop());
  await cco.line(/^Override rules loaded/m);

  const done = await ccoHere(["retention", "run"], env);

  expect([done.code, cco.stdout() + cco.stderr()]).toEqual([0, expect.not.stringContaining("CCO_ARCHIVE_FOLDER")]);
  expect(readdirSync(join(dataDir, "archive"))).toEqual(["manifest.json"]);
});

it("cco retention run beside one that was killed says for how long at most", async () => {
  const dataDir = scratchFolder();
  const url = `file:${join(dataDir, "cco.db")}`;
  await migrateDatabase(url);
  const connection = await openSqlConnection(url);
  const at = new Date();
  await writeSetting(connection, settingKey.retentionBegun, at.toISOString(), at);
  await connection.close();

  const { code, stderr } = await ccoHere(["retention", "run", "--keep-days", "30"], { CCO_DATA_DIR: dataDir });

  expect([code, stderr]).toEqual([5, expect.stringContaining("after ten minutes at most")]);
});

it("cco retention says what is wrong and what to do", async () => {
  const dataDir = scratchFolder();
  const env = { CCO_DATA_DIR: dataDir };
  await migrateDatabase(`file:${join(dataDir, "cco.db")}`);
  const answers = [];
  for (const words of [["run"], ["run", "--keep-days", "0"], ["run", "--keep-days", "9", "--if-older-than", "x"]]) {
    const { code, stderr } = await ccoHere(["retention", ...words], env);
    answers.push([code, stderr.split("\n")[0]]);
  }
  expect(answers).toEqual([
    [2, "error: nothing says for how long requests are kept"],
    [2, "error: --keep-days 0 is no number of days"],
    [2, "error: --if-older-than x is no number of hours"],
  ]);
  const status = await ccoHere(["retention", "status"], { ...env, CCO_KEEP_EVENTS_DAYS: "90" });
  expect(status.stdout).toMatch(
    /^keeps requests for 90 days\noldest request in the database: none\nnothing is archived\ndatabase: /,
  );
  const again = await ccoHere(["retention", "run", "--keep-days", "9", "--quiet"], env);
  expect(again).toMatchObject({ code: 0, stdout: "", stderr: "" });
  const notDue = await ccoHere(["retention", "run", "--keep-days", "9", "--if-older-than", "24h"], env);
  expect(notDue).toMatchObject({ code: 0, stderr: "it is not due yet\n" });
});

async function newServer(): Promise<PostgresqlServer> {
  const server = await startPostgresql();
  onTestFinished(() => server.stop());
  return server;
}

it("cco retention says before a run that the named archive folder is not there", async () => {
  const dataDir = scratchFolder();
  const env = { CCO_DATA_DIR: dataDir, CCO_ARCHIVE_FOLDER: join(dataDir, "mnt", "archive") };
  await migrateDatabase(`file:${join(dataDir, "cco.db")}`);

  const dry = await ccoHere(["retention", "run", "--keep-days", "30", "--dry-run"], env);
  expect(dry).toMatchObject({
    code: 73,
    stderr: expect.stringContaining("/mnt/archive does not exist. Mount its disk"),
  });
  const status = await ccoHere(["retention", "status"], env);
  expect(status).toMatchObject({
    code: 0,
    stderr: expect.stringContaining("/mnt/archive does not exist. Mount its disk"),
  });
  const json = await ccoHere(["retention", "status", "--json"], env);
  expect(JSON.parse(json.stdout)).toMatchObject({ folder_problem: expect.stringContaining("does not exist") });
});
