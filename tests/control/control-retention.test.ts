// Long because both databases go through the same promises, from one set of days.

import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { readRequest } from "#control/activity/request.ts";
import { listRequests } from "#control/activity/requests.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { exportCosts } from "#control/costs/export.ts";
import { rebuildLedger } from "#control/ledger/rebuild.ts";
import { verifyRecords } from "#control/ledger/verify.ts";
import { readEventPages } from "#control/retention/parquet.ts";
import { runRetention } from "#control/retention/run.ts";
import { verifyArchive } from "#control/retention/status.ts";
import { readAbout } from "#control/settings/about.ts";
import { REQUEST_COLUMNS } from "#core/report/request-report.ts";
import { deleteArchived, listArchiveFiles } from "#store/archive-files.ts";
import { findEventIds } from "#store/events.ts";
import { backUp, operator, withSql } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { archiveEvents, requestsOfDay } from "#tests/support/retention.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";

// The clock of a world stands at 22 November 2026.

const catalogue = loadCatalogue();
const DAYS = ["2026-09-01", "2026-09-02", "2026-11-20"];

const verdict = ({ databaseUrl, deps }: ControlWorld) =>
  withSql(databaseUrl, (connection) => verifyRecords(operator, { connection, catalogue }, deps));
const held = async ({ deps }: ControlWorld) => deps.db.eventRow.count();
const rows = (world: ControlWorld, sql: string) => withSql(world.databaseUrl, (connection) => connection.all(sql));

/** Every sum that a page can show, row by row. */
const sums = (world: ControlWorld) =>
  Promise.all([
    rows(world, "SELECT * FROM rollup_quarter ORDER BY bucket_s, dims_key"),
    rows(world, "SELECT * FROM rollup_day ORDER BY day, dims_key"),
    rows(world, "SELECT * FROM rollup_cache ORDER BY bucket_s, reason"),
  ]);

async function costsCsv({ deps }: ControlWorld): Promise<string> {
  const query = { range: "2026-08-01..2026-11-22", group: "project", cmp: "none" };
  return [...(await exportCosts(operator, query, deps)).lines].join("");
}

describe("retention", () => {
  onBothDatabases((world) => {
    it("archives old days and deletes their events, while every sum stays and verify finds nothing", async () => {
      for (const day of DAYS) await world().record(requestsOfDay(day, 120));
      const [before, csv] = [await sums(world()), await costsCsv(world())];

      const run = await archiveEvents(world());

      expect(run).toMatchObject({
        deleted: 240,
        files: [
          { day: DAYS[0], rows: 120 },
          { day: DAYS[1], rows: 120 },
        ],
      });
      expect(await held(world())).toBe(120);
      expect(await sums(world())).toEqual(before);
      expect(await costsCsv(world())).toBe(csv);
      expect((await verdict(world())).ledger).toMatchObject({
        ok: true,
        opening: null,
        archived: { before: "2026-09-03", requests: 240 },
      });
      await withSql(world().databaseUrl, (connection) => rebuildLedger(operator, { connection }, world().deps));
      expect(await sums(world())).toEqual(before);
    });

    it("leaves nothing of a month that is archived whole: neither a partition nor words that only its events had", async () => {
      await world().record([...requestsOfDay("2026-07-31", 5), ...requestsOfDay("2026-11-20", 5)]);
      const sql = (text: string) => rows(world(), text);
      await sql("INSERT INTO event_word (word_key, used_month) VALUES ('of July', 24318)");
      const partitions = async () =>
        world().databaseUrl.startsWith("file:")
          ? null
          : (await sql("SELECT relname FROM pg_class WHERE relname LIKE 'event_row_2026___' AND relkind = 'r'")).length;

      const before = await partitions();
      await archiveEvents(world());

      expect([before, await partitions()]).toEqual(before === null ? [null, null] : [2, 1]);
      expect(await sql("SELECT id FROM event_word WHERE word_key = 'of July'")).toEqual([]);
      expect((await verdict(world())).ledger).toMatchObject({ ok: true, events: 5, archived: { requests: 5 } });
      // Its other words are still known to the ledger, and may be written again.
      await world().record(requestsOfDay("2026-11-21", 5, "again"));
      expect((await verdict(world())).ledger).toMatchObject({ ok: true, events: 10 });
    });

    it("counts no record again whose event is archived, and archives late ones in another file", async () => {
      const events = requestsOfDay("2026-09-01", 50);
      await world().record(events);
      await archiveEvents(world());
      const before = await sums(world());

      await world().record(events);

      expect(await held(world())).toBe(0);
      expect(await sums(world())).toEqual(before);
      expect(await withSql(world().databaseUrl, (connection) => findEventIds(connection, events))).toHaveProperty(
        "size",
        50,
      );
      await world().record([...events, ...requestsOfDay("2026-09-01", 3, "late")]);
      expect(await held(world())).toBe(3);
      const again = await archiveEvents(world());
      expect(again.files).toMatchObject([{ name: "events-2026-09-01-2.parquet", rows: 3 }]);
      expect((await verdict(world())).ledger).toMatchObject({ ok: true, events: 0, archived: { requests: 53 } });
    });

    it("goes on where a run was killed, and counts nothing twice", async () => {
      const events = requestsOfDay("2026-09-01", 90);
      await world().record(events);
      const before = await sums(world());
      await archiveEvents(world());
      // State as a kill leaves it. The file is noted, its last name is not given, and some events are still held.
      const folder = world().deps.config.archiveFolder;
      const [file] = await withSql(world().databaseUrl, listArchiveFiles);
      if (file === undefined) throw new Error("no file");
      const kept = join(folder, "kept");
      mkdirSync(kept);
      for (const state of ["unnamed", "named"] as const) {
        await withSql(world().databaseUrl, async (connection) => {
          await connection.all("DELETE FROM rollup_opening");
          await connection.all("DELETE FROM rollup_cache_opening");
          await connection.all("DELETE FROM event_row");
          await connection.all("UPDATE archive_file SET deleted_rows = 0, deleted_at = NULL");
          await connection.all("DELETE FROM setting WHERE key = 'archive.before'");
          for (const table of ["rollup_quarter", "rollup_day", "rollup_cache"])
            await connection.all(`DELETE FROM ${table}`);
        });
        await world().record(events);
        await withSql(world().databaseUrl, async (connection) => {
          await connection.all(
            "INSERT INTO setting (key, value, updated_at) VALUES ('archive.before', '\"2026-09-02\"', '2026-11-22T00:00:00Z')",
          );
          await deleteArchived(
            connection,
            file.name,
            events.slice(0, 40).map(({ id }) => id),
            () => {},
          );
        });
        if (state === "unnamed") {
          copyFileSync(join(folder, file.name), join(folder, `.${file.name}.${file.sha256.slice(0, 16)}.tmp`));
          rmSync(join(folder, file.name));
        }
        expect((await verdict(world())).ledger).toMatchObject({ ok: true, events: 50, archived: { requests: 40 } });

        const run = await archiveEvents(world());

        expect(run).toMatchObject({ deleted: 50, files: [{ name: file.name, rows: 90 }] });
        expect(await sums(world())).toEqual(before);
        expect((await verdict(world())).ledger).toMatchObject({ ok: true, events: 0, archived: { requests: 90 } });
        expect(await withSql(world().databaseUrl, listArchiveFiles)).toHaveLength(1);
      }
    });

    it("writes what another reader sums to the last nano-dollar, with UTC instants and nulls", async () => {
      const events = requestsOfDay("2026-09-01", 200).map((event, at) =>
        at === 1 ? { ...event, costNanoUsd: "9007199254740993", project: 'Größe\n"' } : event,
      );
      await world().record(events);
      const [sum] = await rows(
        world(),
        "SELECT SUM(cost_nano_usd) AS cost, COUNT(cost_nano_usd) AS priced FROM event_row",
      );
      await archiveEvents(world());

      const folder = world().deps.config.archiveFolder;
      const file = join(folder, "events-2026-09-01.parquet");
      const duck = await (await DuckDBInstance.create(":memory:")).connect();
      const ask = async (sql: string) => (await duck.runAndReadAll(sql)).getRowObjectsJson();
      await duck.run("SET TimeZone = 'America/New_York'");
      const [found] = await ask(
        `SELECT COUNT(*) AS rows, SUM(cost_nano_usd) AS cost, COUNT(cost_nano_usd) AS priced, COUNT(DISTINCT id) AS ids, epoch_ms(MIN(started_at)) AS first FROM '${file}'`,
      );
      const types = await ask(`DESCRIBE SELECT * FROM '${file}'`);
      duck.closeSync();

      expect(found).toEqual({
        rows: "200",
        cost: String(sum?.cost),
        priced: String(sum?.priced),
        ids: "200",
        first: String(Date.parse("2026-09-01")),
      });
      expect(types.map((type) => type.column_name)).toEqual(REQUEST_COLUMNS.map(({ name }) => name));
      const findType = (name: string) => types.find((type) => type.column_name === name)?.column_type;
      expect(["id", "cost_nano_usd", "started_at", "streamed"].map(findType)).toEqual([
        "VARCHAR",
        "BIGINT",
        "TIMESTAMP WITH TIME ZONE",
        "BOOLEAN",
      ]);
      const read = [];
      for await (const page of readEventPages(file)) read.push(...page);
      expect(read).toEqual(events);
      expect([statSync(folder).mode & 0o777, statSync(file).mode & 0o777]).toEqual([0o700, 0o600]);
      const manifest = JSON.parse(readFileSync(join(folder, "manifest.json"), "utf8"));
      expect(manifest.files).toMatchObject([{ name: "events-2026-09-01.parquet", day: "2026-09-01", rows: 200 }]);
    });

    it("is said where single requests are listed: from which day on they are archived, not that there were none", async () => {
      const events = requestsOfDay("2026-09-01", 5);
      await world().record(events);
      const { deps } = world();
      expect(await listRequests(operator, { range: "2026-09-01" }, deps)).toMatchObject({ archivedBefore: null });
      await archiveEvents(world());

      const old = { range: "2026-09-01" };
      expect(await listRequests(operator, old, deps)).toMatchObject({ archivedBefore: "2026-09-02", state: "nothing" });
      expect(await listSessionRows(operator, old, deps)).toMatchObject({ archivedBefore: "2026-09-02" });
      expect(await listRequests(operator, { range: "7d" }, deps)).toMatchObject({ archivedBefore: null });
      await expect(readRequest(operator, events[0]?.id, deps)).rejects.toMatchObject({
        publicText:
          "There is no such request, or it is not yours. Single requests before 2026-09-02 (UTC) are archived.",
      });
      const about = await readAbout(operator, deps);
      expect(about).toMatchObject({ archivedBefore: "2026-09-02" });
      expect(about.databaseBytes).toBeGreaterThan(100_000);
    });

    it("is recorded in the audit log, and a backup without events knows what is archived", async () => {
      await world().record(requestsOfDay("2026-09-01", 5));
      await archiveEvents(world());
      const [entry] = await world().deps.db.auditEntry.findMany({ where: { action: "events.archive" } });
      expect(entry?.after).toContain("events-2026-09-01.parquet");
      const { manifest } = await backUp(world(), join(world().deps.config.dataDir, "backups"));
      expect(manifest.rows).toMatchObject({ archive_file: 1, counted_event: 0 });
    });
  });

  it("deletes nothing while the archive's disk is full, says so, and goes on when there is room", async ({ skip }) => {
    const world = await freshWorld();
    const folder = world.deps.config.archiveFolder;
    mkdirSync(folder);
    if (!mountSmall(folder, 256 * 1024)) return skip("this machine mounts no disk");
    await world.record(requestsOfDay("2026-09-01", 400));
    const free = fillUp(folder);

    await expect(archiveEvents(world)).rejects.toMatchObject({
      code: "archive.unwritable",
      publicText: `The archive could not be written: the folder ${folder} is full. Make room in it, or name another one in CCO_ARCHIVE_FOLDER. No event was deleted for it.`,
    });
    expect(await held(world)).toBe(400);
    expect(readdirSync(folder)).toEqual(["filler"]);
    free();
    expect(await archiveEvents(world)).toMatchObject({ deleted: 400 });
  });

  it("names the folder that takes no file", async () => {
    const world = await freshWorld();
    await world.record(requestsOfDay("2026-09-01", 4));
    writeFileSync(world.deps.config.archiveFolder, "a file");
    await expect(archiveEvents(world)).rejects.toMatchObject({
      code: "archive.unwritable",
      publicText: expect.stringContaining(
        `the folder ${world.deps.config.archiveFolder} is no folder. Move what is there`,
      ),
    });
    expect(await held(world)).toBe(4);
  });

  it("leaves the mode of a folder that was named as it is", async () => {
    const world = await freshWorld();
    await world.record(requestsOfDay("2026-09-01", 4));
    const named = join(world.deps.config.dataDir, "shared");
    mkdirSync(named);
    // As a folder of a group, in which CCO may write and whose mode it may not change.
    chmodSync(named, 0o2770);
    world.deps.config.archiveFolder = named;

    expect(await archiveEvents(world)).toMatchObject({ deleted: 4 });
    expect(statSync(named).mode & 0o7777).toBe(0o2770);
  });

  it("makes no folder that was named, nor one above it, whose disk may not be mounted", async () => {
    const world = await freshWorld();
    await world.record(requestsOfDay("2026-09-01", 4));
    const above = join(world.deps.config.dataDir, "mnt");
    world.deps.config.archiveFolder = join(above, "archive");
    await expect(archiveEvents(world)).rejects.toMatchObject({ code: "archive.unwritable" });
    expect([existsSync(above), await held(world)]).toEqual([false, 4]);
    // The mount point is there, and nothing is mounted on it.
    mkdirSync(above);
    await expect(archiveEvents(world)).rejects.toMatchObject({
      code: "archive.unwritable",
      publicText: expect.stringContaining(`the folder ${above}/archive does not exist. Mount its disk`),
    });
    expect([readdirSync(above), await held(world)]).toEqual([[], 4]);
  });

  it.each([
    [
      "cut off",
      (file: string) => writeFileSync(file, readFileSync(file).subarray(0, -1)),
      "archive.damaged",
      "is not what was written: its checksum differs",
    ],
    [
      "changed",
      (file: string) => writeFileSync(file, readFileSync(file).fill(1, 40, 41)),
      "archive.damaged",
      "is not what was written: its checksum differs",
    ],
    [
      "gone",
      (file: string) => rmSync(file),
      "archive.missing",
      "Copy it there, or name its folder in CCO_ARCHIVE_FOLDER",
    ],
  ])(
    "a file that is %s stops a run before it deletes another event, and verify names it",
    async (_, harm, code, text) => {
      const world = await freshWorld();
      const events = requestsOfDay("2026-09-01", 20);
      await world.record(events);
      await archiveEvents(world);
      const file = join(world.deps.config.archiveFolder, "events-2026-09-01.parquet");
      harm(file);
      await rows(world, "UPDATE archive_file SET deleted_at = NULL");
      await world.record(requestsOfDay("2026-09-01", 2, "late"));

      const refusal = {
        code,
        publicText: expect.stringMatching(
          new RegExp(`events-2026-09-01\\.parquet .*in ${world.deps.config.archiveFolder}.*${text}`),
        ),
      };
      await expect(archiveEvents(world)).rejects.toMatchObject(refusal);
      await expect(
        withSql(world.databaseUrl, (connection) => verifyArchive(operator, { connection }, world.deps)),
      ).rejects.toMatchObject(refusal);
      expect(await held(world)).toBe(2);
    },
  );

  it("archives a day again whose noted file was lost before an event was deleted", async () => {
    const world = await freshWorld();
    await world.record(requestsOfDay("2026-09-01", 20));
    await rows(
      world,
      "INSERT INTO archive_file VALUES ('events-2026-09-01.parquet', '2026-09-01', 1, 20, 1, 'x', '/', 'h', '2026-11-22T00:00:00Z', 0, NULL, '')",
    );
    expect(await archiveEvents(world)).toMatchObject({ deleted: 20, files: [{ name: "events-2026-09-01.parquet" }] });
  });

  it("never takes a file into the archive that it did not write, and never writes over it", async () => {
    const world = await freshWorld();
    const folder = world.deps.config.archiveFolder;
    mkdirSync(folder);
    writeFileSync(join(folder, "events-2026-09-01.parquet"), "mine");
    await world.record(requestsOfDay("2026-09-01", 2));
    expect(await archiveEvents(world)).toMatchObject({ files: [{ name: "events-2026-09-01-2.parquet" }] });
    expect(readFileSync(join(folder, "events-2026-09-01.parquet"), "utf8")).toBe("mine");
  });

  it("is done by one process at a time, and again once it is due", async () => {
    const world = await freshWorld();
    const take = (everyMs: number) =>
      withSql(world.databaseUrl, (connection) =>
        runRetention(operator, { keepDays: 30, everyMs }, { connection }, world.deps),
      );
    await world.record(requestsOfDay("2026-09-01", 200));
    const both = await Promise.allSettled([take(0), take(0)]);
    expect(both.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    expect(await take(86_400_000)).toBeNull();
    world.wait(86_400_000);
    expect(await take(86_400_000)).toMatchObject({ deleted: 0 });
    expect((await verdict(world)).ok).toBe(true);
  });

  it("is for owners and admins", async () => {
    const world = await freshWorld();
    const people = await onePersonPerRole(world);
    await withSql(world.databaseUrl, async (connection) => {
      for (const [role, actor] of Object.entries(people)) {
        const taken = runRetention(actor, { keepDays: 30, everyMs: 0 }, { connection }, world.deps);
        if (["owner", "admin"].includes(role)) await taken;
        else await expect(taken).rejects.toMatchObject({ code: "auth.forbidden" });
      }
    });
  });

  it("makes the SQLite file smaller", async () => {
    const world = await freshWorld();
    const size = () => statSync(world.databaseUrl.slice("file:".length)).size;
    // Of one project within the hour: few rows of totals stay.
    const dense = (day: string) =>
      requestsOfDay(day, 1_400).map((event, at) => {
        const startedAtMs = Date.parse(`${day}T00:00:00Z`) + at * 1_000;
        return { ...event, project: "one", startedAtMs, endedAtMs: startedAtMs + 900 };
      });
    for (const day of DAYS) await world.record(dense(day));
    await rows(world, "PRAGMA wal_checkpoint(TRUNCATE)");
    const before = size();
    await archiveEvents(world);
    await rows(world, "PRAGMA wal_checkpoint(TRUNCATE)");
    expect(before).toBeGreaterThan(1_500_000);
    expect(size()).toBeLessThan(before * 0.6);
  });
});

async function freshWorld(): Promise<ControlWorld> {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  return world;
}
