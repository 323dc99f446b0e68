// Long because both databases go through the same promises.

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { claimBackup, finishBackup } from "#control/backup/claim.ts";
import { folderStorage } from "#control/backup/folder-storage.ts";
import { makeBackup } from "#control/backup/make.ts";
import { verifyBackup } from "#control/backup/verify.ts";
import { roles } from "#core/access/roles.ts";
import { BACKUP_TABLES, COUNTED_TABLE, EVENT_TABLE, TABLES_LEFT_OUT } from "#store/backup-tables.ts";
import { readLastBackupMs } from "#store/last-backup.ts";
import { backUp, fillForBackup, operator, recent, withSql } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";

describe("a backup", () => {
  onBothDatabases((world) => {
    it("holds rules, access and totals of one moment, and says so in its manifest", async () => {
      await fillForBackup(world());
      const folder = scratchFolder();

      const made = await backUp(world(), folder);
      const { manifest } = await verifyBackup(operator, made.file);

      expect(manifest.rows).toMatchObject({ person: 1, proxy_key: 1, rule_version: 1, counted_event: 30 });
      expect(manifest.rows).not.toHaveProperty("request_event");
      expect(manifest.rows.rollup_quarter).toBeGreaterThan(0);
      expect(statSync(made.file).mode & 0o777).toBe(0o600);
      expect(readdirSync(folder)).toHaveLength(1);
    });

    it("holds every event when asked for them, page by page", async () => {
      await world().record(Array.from({ length: 2_500 }, (_, at) => makeEvent({ id: `evt_${at}`, ...recent(at) })));

      const made = await backUp(world(), scratchFolder(), { hasEvents: true });

      expect((await verifyBackup(operator, made.file)).manifest.rows).toMatchObject({
        request_event: 2_500,
        counted_event: 0,
      });
    });

    it("is recorded in the audit log, which says when the newest one was made", async () => {
      const newest = () => withSql(world().databaseUrl, readLastBackupMs);
      const made = await backUp(world(), scratchFolder());
      const [entry] = await world().deps.db.auditEntry.findMany();
      expect(entry?.action).toBe("backup.make");
      expect(entry?.after).toContain(made.manifestHash);
      expect(await newest()).toBe(world().deps.now().getTime());
    });

    it("knows every table of the database", async () => {
      const { db } = world().deps;
      const sql =
        "sqlite" === (await withSql(world().databaseUrl, async ({ dialect }) => dialect))
          ? "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' AND name NOT LIKE 'libsql%'"
          : "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = 'public'";
      const rows = await db.$queryRawUnsafe<{ name: string }[]>(sql);

      const known = [...BACKUP_TABLES, COUNTED_TABLE, EVENT_TABLE].map(({ name }) => name);
      expect(rows.map(({ name }) => name).sort()).toEqual([...known, ...TABLES_LEFT_OUT, "_prisma_migrations"].sort());
    });
  });

  it("deletes the oldest archives beyond --keep, and no other file", async () => {
    const world = await makeWorld();
    const folder = scratchFolder();
    writeFileSync(join(folder, "notes.txt"), "mine");
    writeFileSync(join(folder, "cco-before-restore-20200101T000000Z.tar.gz"), "mine");
    const names: string[] = [];
    for (let at = 0; at < 4; at += 1) {
      const { file, deleted } = await backUp(world, folder, { keep: 2 });
      names.push(file);
      expect(deleted).toHaveLength(at < 2 ? 0 : 1);
      world.wait(at === 0 ? 0 : 60_000);
    }

    expect(readdirSync(folder).sort()).toEqual(
      [
        ...names.slice(2).map((file) => file.slice(folder.length + 1)),
        "cco-before-restore-20200101T000000Z.tar.gz",
        "notes.txt",
      ].sort(),
    );
  });

  it("keeps what it just made, and what has a later stamp, when a clock was ahead before", async () => {
    const world = await makeWorld();
    const folder = scratchFolder();
    for (const year of [2019, 2031, 2032]) writeFileSync(join(folder, `cco-backup-${year}0101T000000Z.tar.gz`), "");

    const made = await backUp(world, folder, { keep: 1 });

    expect(made.deleted).toEqual(["cco-backup-20190101T000000Z.tar.gz"]);
    expect(readdirSync(folder)).toEqual([
      basename(made.file),
      "cco-backup-20310101T000000Z.tar.gz",
      "cco-backup-20320101T000000Z.tar.gz",
    ]);
  });

  it("is made where an old one cannot be deleted, and says which; a folder of such a name is none", async ({
    skip,
  }) => {
    const world = await makeWorld();
    const folder = scratchFolder();
    mkdirSync(join(folder, "cco-backup-20180101T000000Z.tar.gz"));
    const old = "cco-backup-20190101T000000Z.tar.gz";
    const other = "cco-backup-20200101T000000Z.tar.gz";
    for (const name of [old, other]) writeFileSync(join(folder, name), "");
    if (spawnSync("chattr", ["+i", join(folder, old)]).status !== 0) return skip("this machine protects no file");
    onTestFinished(() => void spawnSync("chattr", ["-i", join(folder, old)]));

    const made = await backUp(world, folder, { keep: 1 });

    expect(made).toMatchObject({ deleted: [other], notDeleted: [{ name: old, reason: "EPERM" }] });
    expect(readdirSync(folder)).toEqual(["cco-backup-20180101T000000Z.tar.gz", old, basename(made.file)]);
  });

  it("takes a name that no other has when several are made at once in one second", async () => {
    const world = await makeWorld();
    const folder = scratchFolder();

    const made = await Promise.all(Array.from({ length: 6 }, () => backUp(world, folder)));

    const stamp = "cco-backup-20261122T120000Z";
    const names = [stamp, ...[2, 3, 4, 5, 6].map((number) => `${stamp}-${number}`)].map((name) => `${name}.tar.gz`);
    expect(readdirSync(folder).sort()).toEqual(names.sort());
    for (const { file, manifestHash } of made)
      expect((await verifyBackup(operator, file)).manifestHash, file).toBe(manifestHash);
    const entries = await world.deps.db.auditEntry.findMany({ where: { action: "backup.make" } });
    expect(entries.map(({ after }) => JSON.parse(after ?? "{}").file).sort()).toEqual(names);
  });

  it("is made by owners and admins only", async () => {
    const world = await makeWorld();
    const people = await onePersonPerRole(world);
    for (const role of roles) {
      const options = {
        place: folderStorage(scratchFolder(), { isMade: false }),
        hasEvents: false,
        keep: null,
        productVersion: "1",
      };
      const made = withSql(world.databaseUrl, (connection) =>
        makeBackup(people[role], options, { connection }, world.deps),
      ).then(
        () => true,
        () => false,
      );
      expect(await made, role).toBe(role === "owner" || role === "admin");
    }
  });

  it("is refused, and nothing is left of it, where the folder takes no file", async () => {
    const world = await makeWorld();
    const folder = join(scratchFolder(), "a-file");
    writeFileSync(folder, "");

    await expect(backUp(world, folder)).rejects.toMatchObject({ code: "backup.unwritable" });
  });

  it("is refused, and nothing is left of it, when the disk is full", async ({ skip }) => {
    const world = await makeWorld();
    await fillForBackup(world);
    const folder = join(scratchFolder(), "small");
    mkdirSync(folder);
    chmodSync(folder, 0o700);
    if (!mountSmall(folder, 64 * 1024)) return skip("this machine mounts no small disk");
    const empty = fillUp(folder);

    await expect(backUp(world, folder)).rejects.toMatchObject({
      code: "backup.unwritable",
      publicText: expect.stringMatching(/is full\. Make room in it/),
    });

    empty();
    expect(readdirSync(folder)).toEqual([]);
    expect(await world.deps.db.auditEntry.count({ where: { action: "backup.make" } })).toBe(0);
  });
});

describe("a scheduled backup", () => {
  const HOUR_MS = 3_600_000;

  it("is due again once a clock that ran ahead is right, and not while another instance's runs a minute ahead", async () => {
    const world = await makeWorld();
    const claim = () => claimBackup(operator, 24 * HOUR_MS, world.deps);
    const make = async () => {
      const begunAt = await claim();
      if (begunAt !== null) await finishBackup(operator, begunAt, world.deps);
      return begunAt !== null;
    };
    const twoYearsMs = 730 * 24 * HOUR_MS;
    world.wait(twoYearsMs);
    expect(await make()).toBe(true);
    world.wait(-twoYearsMs);
    expect(await make()).toBe(true);
    expect(await make()).toBe(false);

    world.wait(-60_000);
    expect(await make()).toBe(false);
    world.wait(24 * HOUR_MS + 60_000);
    expect(await make()).toBe(true);
  });

  /** Seconds by which the timer is late, and minutes that the backup then takes. */
  const turns = [
    { lateS: 0, minutes: 1 },
    { lateS: 30, minutes: 20 },
    { lateS: -5, minutes: 3 },
    { lateS: 0, minutes: 45 },
    { lateS: -30, minutes: 1 },
  ];
  it.each([
    ["a day", 24],
    ["an hour", 1],
  ])(
    "is made each time by a timer that comes once %s, some seconds early or late, however long one takes",
    async (_, hours) => {
      const world = await makeWorld();
      const startMs = world.deps.now().getTime();
      const madeAt: number[] = [];
      for (const [turn, { lateS, minutes }] of turns.entries()) {
        world.wait(startMs + turn * hours * HOUR_MS + lateS * 1_000 - world.deps.now().getTime());
        const begunAt = await claimBackup(operator, hours * HOUR_MS, world.deps);
        if (begunAt === null) continue;
        world.wait(minutes * 60_000);
        expect(await claimBackup(operator, hours * HOUR_MS, world.deps)).toBeNull();
        await finishBackup(operator, begunAt, world.deps);
        expect(await claimBackup(operator, hours * HOUR_MS, world.deps)).toBeNull();
        madeAt.push(turn);
      }
      expect(madeAt).toEqual([0, 1, 2, 3, 4]);
    },
  );

  it("is not held by a claim that was noted while a clock ran ahead", async () => {
    const world = await makeWorld();
    world.wait(48 * HOUR_MS);
    expect(await claimBackup(operator, 24 * HOUR_MS, world.deps)).not.toBeNull();
    world.wait(-48 * HOUR_MS);
    expect(await claimBackup(operator, 24 * HOUR_MS, world.deps)).not.toBeNull();
    expect(await claimBackup(operator, 24 * HOUR_MS, world.deps)).toBeNull();
  });
});

async function makeWorld(): Promise<ControlWorld> {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  return world;
}
