import { readFileSync, statSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { gunzipSync, gzipSync } from "node:zlib";
import { describe, expect, it, onTestFinished } from "vitest";
import { folderStorage } from "#control/backup/folder-storage.ts";
import { type BackupManifest, backupFile } from "#control/backup/format.ts";
import { listBackups } from "#control/backup/list.ts";
import { verifyBackup } from "#control/backup/verify.ts";
import { backUp, editArchive, fillForBackup, forgeArchive, operator, readFiles } from "#tests/support/backups.ts";
import { type ControlWorld, makeControlWorld } from "#tests/support/control-world.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

describe("verifying a backup", () => {
  const refusal = (file: string) =>
    verifyBackup(operator, file).then(
      () => "no refusal",
      ({ code, message }: { code: string; message: string }) => `${code}: ${message}`,
    );

  it("refuses an archive that was cut off, at any byte", async () => {
    const { file } = await archive();
    const { size } = statSync(file);
    for (const cut of [1, 9, 700, 4_000]) {
      const bytes = readFileSync(file);
      const short = join(scratchFolder(), "short.tar.gz");
      writeFileSync(short, bytes);
      truncateSync(short, size - cut);
      expect(await refusal(short), `${cut} bytes less`).toMatch(/^backup.damaged: This backup ends too early/);
    }
  });

  it("refuses an archive of which one byte was changed, and names the file", async () => {
    const { file } = await archive();
    const edited = join(scratchFolder(), "edited.tar.gz");
    editArchive(file, '"role":"owner"', '"role":"admin"', edited);

    expect(await refusal(edited)).toMatch(/^backup.damaged: .*tables\/person\.ndjson is not what was written/);
  });

  it("refuses a changed manifest", async () => {
    const { file } = await archive();
    const edited = join(scratchFolder(), "edited.tar.gz");
    editArchive(file, '"notIncluded": "S', '"notIncluded": "s', edited);

    expect(await refusal(edited)).toMatch(/^backup.damaged: .*its manifest does not have the checksum/);
  });

  const without = (table: string) => (manifest: BackupManifest, files: Map<string, Buffer>) => {
    delete manifest.rows[table];
    files.delete(backupFile.table(table, 1));
  };

  it.each<[string, (manifest: BackupManifest, files: Map<string, Buffer>) => void, RegExp]>([
    ["nothing at all", () => {}, /^no refusal$/],
    ["a table with its row count", without("audit_entry"), /its audit_entry is missing/],
    ["all totals", without("rollup_quarter"), /its rollup_quarter is missing/],
    ["a row count alone", ({ rows }) => void delete rows.person, /person does not have the number of rows/],
  ])("finds in an archive with right checksums that %s was taken out", async (_what, take, why) => {
    const files = await readFiles((await archive()).file);
    const taken = JSON.parse(String(files.get(backupFile.manifest))) as BackupManifest;
    take(taken, files);
    const forged = join(scratchFolder(), "forged.tar.gz");
    await forgeArchive(forged, files, (manifest) => {
      manifest.rows = taken.rows;
    });

    expect(await refusal(forged)).toMatch(why);
  });

  it.each<[string, (manifest: BackupManifest) => void, RegExp]>([
    ["another time", (one) => Object.assign(one, { createdAt: "9999-01-01T00:00:00.000Z" }), /another createdAt than/],
    ["events", (one) => Object.assign(one, { hasEvents: true }), /another hasEvents than/],
    [
      "other sizes",
      ({ files }) => void files.map((one) => Object.assign(one, { bytes: 1 })),
      /is not what was written/,
    ],
    ["a table that is not there", ({ rows }) => Object.assign(rows, { session: 0 }), /session does not have/],
  ])("refuses a manifest with %s", async (_what, change, why) => {
    const forged = join(scratchFolder(), "forged.tar.gz");
    await forgeArchive(forged, await readFiles((await archive()).file), change);

    expect(await refusal(forged)).toMatch(why);
  });

  /** An archive in which each person with this role has another one. */
  async function withRoles(table: string, from: string, to: string): Promise<string> {
    const files = await readFiles((await archive()).file);
    const name = backupFile.table(table, 1);
    files.set(name, Buffer.from(String(files.get(name)).replaceAll(`"role":"${from}"`, `"role":"${to}"`)));
    const forged = join(scratchFolder(), "forged.tar.gz");
    await forgeArchive(forged, files, () => {});
    return forged;
  }

  it("refuses a person of a role that this release does not know", async () => {
    expect(await refusal(await withRoles("person", "owner", "king"))).toMatch(
      /^backup\.damaged: .*its person holds a role that is none/,
    );
  });

  it("says whether an owner is in it who may sign in", async () => {
    const { hasOwner } = await verifyBackup(operator, (await archive()).file);
    const without = await verifyBackup(operator, await withRoles("person", "owner", "viewer"));

    expect([hasOwner, without.hasOwner]).toEqual([true, false]);
  });

  it("refuses an archive of a newer release, and names it", async () => {
    const { file } = await archive();
    const edited = join(scratchFolder(), "edited.tar.gz");
    editArchive(file, '"formatVersion": 1', '"formatVersion": 9', edited);
    expect(await refusal(edited)).toBe(
      "backup.newer: This backup was made by a newer CCO (1.0.0). Install that release, then restore it.",
    );
    editArchive(file, '"migration": "2026', '"migration": "2099', edited);
    expect(await refusal(edited)).toMatch(/^backup.newer: /);
  });

  it.each([
    ["text", Buffer.from("hello")],
    ["nothing", Buffer.alloc(0)],
    ["another gzip", gzipSync("hello")],
    ["a gzip of zeros", gzipSync(Buffer.alloc(100_000))],
  ])("refuses a file that is %s", async (_what, bytes) => {
    const file = join(scratchFolder(), "foreign.tar.gz");
    writeFileSync(file, bytes);

    expect(await refusal(file)).toMatch(/^backup.foreign: /);
  });

  it.each([
    ["before its first file", () => Buffer.alloc(0), /^backup.foreign: /],
    ["behind one of its files", firstFile, /^backup.damaged: .*too much stands between two of its files/],
  ])("refuses a header of many megabytes %s, without collecting it in memory", async (_where, begin, why) => {
    const file = join(scratchFolder(), "bomb.tar.gz");
    const megabyte = gzipSync(Buffer.alloc(1024 * 1024));
    const begun = gzipSync(Buffer.concat([begin((await archive()).file), extendedHeader(6 * 1024 ** 3)]));
    writeFileSync(file, Buffer.concat([begun, ...Array.from({ length: 500 }, () => megabyte)]));
    const before = process.resourceUsage().maxRSS;

    const said = await refusal(file);

    expect(said).toMatch(why);
    const grownKb = process.resourceUsage().maxRSS - before;
    expect(grownKb).toBeLessThan(200 * 1024);
  });

  it("lists archives newest first, with the ones that cannot be read", async () => {
    const world = await makeWorld();
    const folder = scratchFolder();
    const first = await backUp(world, folder);
    world.wait(60_000);
    await backUp(world, folder, { hasEvents: true });
    truncateSync(first.file, 20);

    const listed = await listBackups(operator, folderStorage(folder, { isMade: false }));

    expect(listed.map(({ head, problem }) => [head?.hasEvents ?? null, problem])).toEqual([
      [true, null],
      [null, "backup.foreign"],
    ]);
  });

  async function archive() {
    const world = await makeWorld();
    await fillForBackup(world);
    return backUp(world, scratchFolder());
  }
});

/** The first file of an archive with its header, as tar holds it. */
function firstFile(file: string): Buffer {
  const bytes = gunzipSync(readFileSync(file));
  const size = Number.parseInt(bytes.toString("latin1", 124, 135), 8);
  return bytes.subarray(0, 512 + Math.ceil(size / 512) * 512);
}

/**
 * Builds the tar header of an extended header of that size. tar writes such a header for a file whose name is too long
 * for the usual one.
 */
function extendedHeader(bytes: number): Buffer {
  const header = Buffer.alloc(512);
  header.write("x", 0);
  header.write(bytes.toString(8), 124);
  header.write("x", 156);
  header.write("ustar\u000000", 257);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\u0000`, 148);
  return header;
}

async function makeWorld(): Promise<ControlWorld> {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  return world;
}
