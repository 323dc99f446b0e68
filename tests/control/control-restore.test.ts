// Long because both databases go through the same promises, and each needs the same installation and its facts.

import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { claimBackup } from "#control/backup/claim.ts";
import { usualFolder } from "#control/backup/names.ts";
import { previewRestore } from "#control/backup/preview.ts";
import { restoreBackup } from "#control/backup/restore.ts";
import { verifyBackup } from "#control/backup/verify.ts";
import { readCostTable } from "#control/costs/table.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { rebuildLedger } from "#control/ledger/rebuild.ts";
import { verifyRecords } from "#control/ledger/verify.ts";
import { publishRules } from "#control/rules/publish.ts";
import { roles } from "#core/access/roles.ts";
import { formatRestored, restoredRows } from "#core/report/lost-by-restore.ts";
import { takeFileLock } from "#store/file-lock.ts";
import { putInstance, removeInstance } from "#store/instances.ts";
import { readLastBackupMs } from "#store/last-backup.ts";
import { backUp, operator, withSql } from "#tests/support/backups.ts";
import { onBothDatabases } from "#tests/support/both-databases.ts";
import { type ControlWorld, makeControlWorld, onePersonPerRole } from "#tests/support/control-world.ts";
import { startedAt } from "#tests/support/make-event.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const RULES = '[overrides]\nenabled = true\nrules = [["claude-opus-5-5", "claude-haiku-5-5"]]\n';
const OTHER_RULES = "[overrides]\nenabled = false\nrules = []\n";
const catalogue = loadCatalogue();

const at = (minute: number) => startedAt(new Date(Date.parse("2026-11-22T10:00:00Z") + minute * 60_000).toISOString());
const events = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => pricedEvent({ id: `evt_${from + index}`, ...at(from + index) }));

const restore = (world: ControlWorld, file: string, actor: Parameters<typeof restoreBackup>[0] = operator) =>
  withSql(world.databaseUrl, (connection) =>
    restoreBackup(actor, { file, productVersion: "1.0.0" }, { connection }, world.deps),
  );

const verdict = (world: ControlWorld) =>
  withSql(world.databaseUrl, (connection) => verifyRecords(operator, { connection, catalogue }, world.deps));

const backupSettings = (world: ControlWorld) =>
  withSql(world.databaseUrl, (connection) =>
    connection.all('SELECT "key", "value" FROM setting WHERE "key" LIKE \'backup.%\' ORDER BY "key"'),
  );

/** Everything that a person sees of it. */
async function facts({ deps, databaseUrl }: ControlWorld) {
  const sums = await withSql(databaseUrl, (connection) =>
    connection.all(
      "SELECT day, SUM(requests) AS requests, SUM(cost_nano_usd) AS cost, SUM(saved_nano_usd) AS saved FROM rollup_day GROUP BY day ORDER BY day",
    ),
  );
  const { db } = deps;
  return {
    sums,
    costs: (await readCostTable(operator, "model", { range: "7d", cmp: "none" }, deps)).rows,
    people: await db.person.findMany({ orderBy: { id: "asc" } }),
    keys: await db.proxyKey.findMany({ orderBy: { id: "asc" } }),
    versions: await db.ruleVersion.findMany({ orderBy: { number: "asc" } }),
    rules: readFileSync(deps.config.rulesFile, "utf8"),
  };
}

/** People, keys, rules and thirty requests. */
async function fill(world: ControlWorld) {
  const owner = await world.person("owner");
  await publishRules(owner, { toml: RULES, comment: "First", basedOn: null, applies: "new-sessions" }, world.deps);
  await issueProxyKey(owner, { name: "laptop", team: "", project: "" }, world.deps);
  await world.record(events(0, 30));
  return owner;
}

/** What came after the backup, and is to go. */
async function change(world: ControlWorld) {
  world.wait(60_000);
  const admin = await world.person("admin", "Later");
  await publishRules(admin, { toml: OTHER_RULES, comment: "Second", basedOn: 1, applies: "new-sessions" }, world.deps);
  await world.record(events(30, 40));
}

describe("a restore", () => {
  onBothDatabases((world) => {
    it.each([true, false])("brings back everything as it was (events included: %s)", async (hasEvents) => {
      await fill(world());
      const before = await facts(world());
      const { file } = await backUp(world(), scratchFolder(), { hasEvents });
      await change(world());
      expect(await facts(world())).not.toEqual(before);

      const { safety, rulesFile } = await restore(world(), file);

      expect(await facts(world())).toEqual(before);
      expect(rulesFile.change).toBe("replaced");
      expect((await verifyBackup(operator, safety ?? "")).manifest.rows).toMatchObject({
        request_event: 40,
        rule_version: 2,
      });
      expect(await verdict(world())).toMatchObject({
        ok: true,
        audit: { ok: true },
        ledger: { events: hasEvents ? 30 : 0, opening: hasEvents ? null : { requests: 30 } },
      });
    });

    it("counts no request twice whose record is still in a spool, and counts new ones", async () => {
      await fill(world());
      const { file } = await backUp(world(), scratchFolder());
      await restore(world(), file);

      await world().record(events(20, 35));

      expect(await requests(world())).toBe(35);
      expect(await verdict(world())).toMatchObject({ ok: true, ledger: { events: 5, opening: { requests: 30 } } });
    });

    it("keeps its totals when the rollups are rebuilt", async () => {
      await fill(world());
      const { file } = await backUp(world(), scratchFolder());
      await restore(world(), file);
      await world().record(events(25, 40));
      const before = await facts(world());

      await withSql(world().databaseUrl, (connection) => rebuildLedger(operator, { connection }, world().deps));

      expect(await facts(world())).toEqual(before);
      expect(await requests(world())).toBe(40);
    });

    it("still finds a wrong sum behind an opening balance", async () => {
      await fill(world());
      const { file } = await backUp(world(), scratchFolder());
      await restore(world(), file);
      await withSql(world().databaseUrl, (sql) => sql.all("UPDATE rollup_quarter SET requests = requests + 1"));

      expect(await verdict(world())).toMatchObject({ ok: false });
    });

    it("can be backed up and restored again without events", async () => {
      await fill(world());
      const first = await backUp(world(), scratchFolder());
      await restore(world(), first.file);
      await world().record(events(30, 40));
      const before = await facts(world());
      const second = await backUp(world(), scratchFolder());
      await restore(world(), second.file);
      await world().record(events(0, 40));

      expect(await facts(world())).toEqual(before);
      expect(await verdict(world())).toMatchObject({ ok: true, ledger: { events: 0, opening: { requests: 40 } } });
    });

    it("signs everybody out and goes on with the audit log", async () => {
      const owner = await fill(world());
      const { file } = await backUp(world(), scratchFolder());
      const { db } = world().deps;
      const times = { createdAt: new Date(), lastSeenAt: new Date(), expiresAt: new Date(Date.now() + 60_000) };
      await db.signInSession.create({ data: { id: "ses_1", personId: owner.id, ...times } });

      await restore(world(), file);

      expect(await db.signInSession.count()).toBe(0);
      const last = await db.auditEntry.findFirst({ orderBy: { id: "desc" } });
      expect(last).toMatchObject({ action: "backup.restore", actorName: "root" });
      await issueProxyKey(owner, { name: "next", team: "", project: "" }, world().deps);
      expect(await verdict(world())).toMatchObject({ audit: { ok: true } });
    });

    it("says in its preview what is there, what was there and what is lost, and changes nothing", async () => {
      await fill(world());
      const { file } = await backUp(world(), scratchFolder());
      await change(world());
      const before = await facts(world());

      const preview = await withSql(world().databaseUrl, (connection) =>
        previewRestore(operator, file, { connection, deps: world().deps }),
      );

      expect(preview).toMatchObject({
        now: { requests: 40, rows: { person: 2 } },
        archived: { requests: 30, rows: { person: 1 } },
        lost: { auditEntries: 1, ruleVersions: [2] },
        inUse: null,
      });
      const { now, archived, lost } = preview;
      const requests = { now: now?.requests ?? 0, archived: archived.requests };
      const rows = restoredRows(now?.rows ?? {}, archived.rows);
      expect(formatRestored({ rows, requests, lost })).toEqual({
        lost: [...["10 requests counted", "1 person", "rules v2", "1 audit entry", "40 single requests of Activity"]],
        back: [],
      });
      expect(await facts(world())).toEqual(before);
    });
  });

  it("moves an installation from SQLite to PostgreSQL and back", async () => {
    const { startPostgresql } = await import("#tests/support/postgresql.ts");
    const server = await startPostgresql();
    onTestFinished(() => server.stop());
    const [small, again] = [await makeWorld(), await makeWorld()];
    const large = await makeWorld({ databaseUrl: await server.newMigratedDatabase() });
    await fill(small);
    const before = await facts(small);

    const out = await backUp(small, scratchFolder(), { hasEvents: true });
    expect((await restore(large, out.file)).safety).toBeNull();
    expect(await facts(large)).toEqual(before);
    expect(await verdict(large)).toMatchObject({ ok: true, ledger: { events: 30 } });

    const back = await backUp(large, scratchFolder(), { hasEvents: true });
    await restore(again, back.file);
    expect(await facts(again)).toEqual(before);
    expect(await verdict(again)).toMatchObject({ ok: true, ledger: { events: 30 } });
  });

  it("keeps what is known of the backups of this place, and nothing of those of another", async () => {
    const [world, other] = [await makeWorld(), await makeWorld()];
    await fill(world);
    const first = await backUp(world, scratchFolder());
    world.wait(3_600_000);
    const second = await backUp(world, scratchFolder());
    await claimBackup(operator, 86_400_000, world.deps);
    const known = await backupSettings(world);
    await restore(world, first.file);
    await restore(other, second.file);

    expect(known).toHaveLength(2);
    expect(await backupSettings(world)).toEqual(known);
    expect(await backupSettings(other)).toEqual([]);
  });

  it("knows of the newest backup that lies in the folder, though the database was made a moment ago", async () => {
    const [old, fresh] = [await makeWorld(), await makeWorld()];
    await old.record(events(0, 3));
    const folder = usualFolder(fresh.deps.config.dataDir);
    const { file } = await backUp(old, folder);
    old.wait(3_600_000);
    const newest = await backUp(old, folder);
    writeFileSync(join(folder, "cco-before-restore-20301231T000000Z.tar.gz"), "");
    const listed = () => withSql(fresh.databaseUrl, readLastBackupMs);
    expect(await listed()).toBeNull();

    await restore(fresh, file);

    expect(await listed()).toBe(Math.floor(Date.parse(newest.manifest.createdAt) / 1000) * 1000);
  });

  it("is refused while a proxy holds its spool in the data folder, and changes nothing", async () => {
    const world = await makeWorld();
    await fill(world);
    const { file } = await backUp(world, scratchFolder());
    await change(world);
    const before = await facts(world);
    mkdirSync(join(world.deps.config.dataDir, "spool"));
    const lock = takeFileLock(join(world.deps.config.dataDir, "spool", "ins_a.lock"));
    await lock.taken;

    await expect(restore(world, file)).rejects.toMatchObject({ code: "backup.in-use" });
    expect(await facts(world)).toEqual(before);

    lock.release();
    await restore(world, file);
    expect(await requests(world)).toBe(30);
  });

  it("is refused while another machine has reported to PostgreSQL in the last half minute", async () => {
    const { startPostgresql } = await import("#tests/support/postgresql.ts");
    const server = await startPostgresql();
    onTestFinished(() => server.stop());
    const world = await makeWorld({ databaseUrl: await server.newMigratedDatabase() });
    await fill(world);
    const { file } = await backUp(world, scratchFolder());
    const report = {
      hostname: "build-7",
      pid: 1,
      startedAtMs: 0,
      rulesVersion: 1,
      rulesHash: null,
      rulesProblem: null,
    };
    await withSql(world.databaseUrl, (connection) =>
      putInstance(connection, "ins_b", { ...report, fileReadOnly: false }, world.deps.now()),
    );

    await expect(restore(world, file)).rejects.toMatchObject({
      code: "backup.in-use",
      publicText: expect.stringContaining("build-7"),
    });

    await withSql(world.databaseUrl, (connection) => removeInstance(connection, "ins_b"));
    await restore(world, file);
  });

  it("is for owners only", async () => {
    const world = await makeWorld();
    const { file } = await backUp(world, scratchFolder());
    const people = await onePersonPerRole(world);
    for (const role of roles.filter((one) => one !== "owner"))
      await expect(restore(world, file, people[role]), role).rejects.toMatchObject({ code: "auth.forbidden" });
  });

  it("removes the state that was kept for a start without the database", async () => {
    const world = await makeWorld();
    await fill(world);
    const { file } = await backUp(world, scratchFolder());
    const kept = join(world.deps.config.dataDir, "last-good-state.sealed");
    writeFileSync(kept, "of before");

    await restore(world, file);

    expect(existsSync(kept)).toBe(false);
    expect(readdirSync(world.deps.config.dataDir)).toContain("backups");
  });
});

async function requests({ databaseUrl }: ControlWorld): Promise<number> {
  const [row] = await withSql(databaseUrl, (sql) => sql.all("SELECT SUM(requests) AS requests FROM rollup_day"));
  return Number(row?.requests);
}

async function makeWorld(env: Parameters<typeof makeControlWorld>[0] = {}): Promise<ControlWorld> {
  const world = await makeControlWorld(env);
  onTestFinished(() => world.end());
  return world;
}
