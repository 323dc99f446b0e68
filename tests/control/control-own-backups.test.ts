import { existsSync, readdirSync, readFileSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  listOwnBackups,
  makeOwnBackup,
  previewOwnRestore,
  readOwnBackup,
  verifyOwnBackup,
} from "#control/backup/own-backups.ts";
import type { PersonActor } from "#control/session/check-session.ts";
import { rolesWith } from "#core/access/permissions.ts";
import { formatRestored } from "#core/report/lost-by-restore.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { makeEvent } from "#tests/support/make-event.ts";

let world: ControlWorld;
let owner: PersonActor;
let admin: PersonActor;
let name: string;
const folder = () => join(world.deps.config.dataDir, "backups");

beforeAll(async () => {
  world = await makeControlWorld();
  owner = await world.person("owner");
  admin = await world.person("admin", "Ada");
  await world.record([makeEvent({ startedAtMs: world.deps.now().getTime() - 60_000 })]);
  ({ name } = await makeOwnBackup(admin, {}, world.deps));
});
afterAll(() => world.end());

it("lists what was made, of totals without events, and says where it is", async () => {
  const view = await listOwnBackups(owner, world.deps);
  expect(view).toMatchObject({ folder: folder(), everyHours: 0, keep: 14, mayRestore: true });
  expect(view.backups).toEqual([
    expect.objectContaining({ name, kind: "regular", hasEvents: false, problem: null, createdAt: expect.any(String) }),
  ]);
  expect((await listOwnBackups(admin, world.deps)).mayRestore).toBe(false);
});

it("proves a backup, and names one that was cut", async () => {
  expect((await verifyOwnBackup(admin, name, world.deps)).manifestHash).toMatch(/^[0-9a-f]{64}$/);

  world.wait(2000);
  const cut = await makeOwnBackup(admin, {}, world.deps);
  truncateSync(join(folder(), cut.name), 300);
  await expect(verifyOwnBackup(admin, cut.name, world.deps)).rejects.toMatchObject({ code: "backup.damaged" });
});

it("counts as lost neither the audit entry of the backup itself nor what CCO notes for itself", async () => {
  // Its entry is written after the moment that the backup is of.
  const now = () => {
    world.wait(2000);
    return world.deps.now();
  };
  const made = await makeOwnBackup(admin, {}, { ...world.deps, now });
  const after = await previewOwnRestore(owner, made.name, world.deps);

  expect(after.lost).toEqual({ auditEntries: 0, ruleVersions: [] });
  expect(formatRestored(after)).toEqual({ lost: ["1 single request of Activity"], back: [] });

  await makeOwnBackup(admin, {}, { ...world.deps, now });
  expect((await previewOwnRestore(owner, made.name, world.deps)).lost.auditEntries).toBe(1);
});

it("shows an owner what a restore would change, with the command, and changes nothing", async () => {
  world.wait(2000);
  await world.publish("[overrides]\nenabled = true\n");
  await world.record([makeEvent({ startedAtMs: world.deps.now().getTime() })]);
  const before = await world.deps.db.auditEntry.count();

  const preview = await previewOwnRestore(owner, name, world.deps);

  expect(preview).toMatchObject({ hasEvents: false, requests: { now: 2, archived: 1 }, lost: { ruleVersions: [1] } });
  expect(preview.rows).toContainEqual({ table: "person", what: "people", now: 2, archived: 2 });
  expect(preview.command).toBe(`cco restore ${join(folder(), name)} --yes`);
  expect(await world.deps.db.auditEntry.count()).toBe(before);
});

it("is for the roles that the guide names", () => {
  const page = readFileSync("docs/howto/back-up-and-restore.md", "utf8");

  expect(rolesWith("backup.restore")).toEqual(["owner"]);
  expect(page).toContain("To owners it also shows what a restore would change, with the command for it");
});

it("gives an owner alone the bytes of the archive, with an audit entry", async () => {
  const { bytes, stream } = await readOwnBackup(owner, name, world.deps);
  let read = 0;
  for await (const chunk of stream) read += chunk.length;
  expect(read).toBe(bytes);
  const [entry] = await world.deps.db.auditEntry.findMany({ where: { action: "backup.download" } });
  expect(entry?.after).toContain(name);
  for (const verb of [readOwnBackup, previewOwnRestore])
    await expect(verb(admin, name, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
  const developer = await world.person("developer", "Dev");
  for (const verb of [verifyOwnBackup, readOwnBackup, previewOwnRestore])
    await expect(verb(developer, name, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
  await expect(makeOwnBackup(developer, {}, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
  await expect(listOwnBackups(developer, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
});

it.each(["../cco.db", "cco.db", "", ".", "x/../../cco.db", "cco-backup-20260101T000000Z.tar.gz"])(
  "finds no backup called %j",
  async (wrong) => {
    for (const verb of [verifyOwnBackup, previewOwnRestore, readOwnBackup])
      await expect(verb(owner, wrong, world.deps)).rejects.toMatchObject({ code: "not-found" });
  },
);

it("says that a folder which was named is not there, and lists none only where the usual one is not made yet", async () => {
  const elsewhere = { ...world.deps, config: { ...world.deps.config } };
  const backups = { everyHours: 24, keep: 3, bucket: null };
  const away = join(world.deps.config.dataDir, "nothere", "backups");
  elsewhere.config.backups = { ...backups, folder: away };
  await expect(listOwnBackups(owner, elsewhere)).rejects.toMatchObject({
    code: "backup.unwritable",
    publicText: expect.stringContaining(`the folder ${away} does not exist. Mount its disk`),
  });
  elsewhere.config = { ...elsewhere.config, dataDir: join(world.deps.config.dataDir, "new") };
  elsewhere.config.backups = { ...backups, folder: null };
  expect((await listOwnBackups(owner, elsewhere)).backups).toEqual([]);
});

it("leaves nothing behind where the folder takes no file", async () => {
  const elsewhere = { ...world.deps, config: { ...world.deps.config } };
  elsewhere.config.backups = {
    everyHours: 24,
    keep: 3,
    bucket: null,
    folder: join(world.deps.config.dataDir, "cco.db", "backups"),
  };
  await expect(makeOwnBackup(owner, {}, elsewhere)).rejects.toMatchObject({ code: "backup.unwritable" });
  await expect(listOwnBackups(owner, elsewhere)).rejects.toThrow(/cannot be read \(ENOTDIR\)\. Fix its path/);
  expect(existsSync(elsewhere.config.backups.folder ?? "")).toBe(false);
  expect(readdirSync(folder()).filter((file) => file.endsWith(".tmp"))).toEqual([]);
});
