import { createHash } from "node:crypto";
import { createWriteStream, readFileSync, writeFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { readArchive, writeArchive } from "#control/backup/archive.ts";
import { folderStorage } from "#control/backup/folder-storage.ts";
import { type BackupManifest, backupFile } from "#control/backup/format.ts";
import { makeBackup } from "#control/backup/make.ts";
import type { BackupStorage } from "#control/backup/storage.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import type { ControlWorld } from "./control-world.ts";
import { makeEvent, startedAt } from "./make-event.ts";

export const operator = operatorActor("root");

/** Runs `work` with one connection to the database of a world. */
export async function withSql<T>(url: string, work: (connection: SqlConnection) => Promise<T>): Promise<T> {
  const connection = await openSqlConnection(url);
  return work(connection).finally(() => connection.close());
}

/** Makes a backup of a world as the command does. */
export const backUp = (
  { deps, databaseUrl }: ControlWorld,
  to: string | BackupStorage,
  options: { hasEvents?: boolean; keep?: number } = {},
) => {
  const { hasEvents = false, keep = null } = options;
  const place = typeof to === "string" ? folderStorage(to, { isMade: true }) : to;
  const all = { place, hasEvents, keep, productVersion: "1.0.0" };
  return withSql(databaseUrl, (connection) => makeBackup(operator, all, { connection }, deps));
};

/**
 * Changes an archive as a person with a hex editor would. The text is of the same length, and the archive is otherwise
 * well formed.
 */
export function editArchive(file: string, from: string, to: string, into: string): void {
  const bytes = gunzipSync(readFileSync(file));
  const at = bytes.indexOf(from);
  if (at < 0 || from.length !== to.length) throw new Error(`cannot replace ${from}`);
  bytes.write(to, at);
  writeFileSync(into, gzipSync(bytes));
}

/** What an archive holds, in its order. */
export async function readFiles(archive: string): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  await readArchive(archive, async (name, bytes) => void files.set(name, bytes));
  return files;
}

/**
 * Writes an archive of these files as a person who knows the format would. Every checksum is right; `change` edits the
 * manifest.
 */
export async function forgeArchive(
  file: string,
  files: ReadonlyMap<string, Buffer>,
  change: (manifest: BackupManifest) => void,
): Promise<void> {
  const hash = (bytes: Buffer) => createHash("sha256").update(bytes).digest("hex");
  const manifest = JSON.parse(String(files.get(backupFile.manifest))) as BackupManifest;
  const { manifest: manifestName, manifestHash } = backupFile;
  const others = [...files].filter(([name]) => name !== manifestName && name !== manifestHash);
  manifest.files = others.map(([name, bytes]) => ({ name, bytes: bytes.length, sha256: hash(bytes) }));
  change(manifest);
  const bytes = Buffer.from(JSON.stringify(manifest));
  await writeArchive(createWriteStream(file), async (add) => {
    for (const [name, content] of others) await add(name, content);
    await add(manifestName, bytes);
    await add(manifestHash, Buffer.from(`${hash(bytes)}  ${manifestName}\n`));
  });
}

/** A world with something in every part of a backup. */
export async function fillForBackup(world: ControlWorld): Promise<void> {
  const owner = await world.person("owner");
  await world.publish("[overrides]\nenabled = true\nrules = []\n");
  await issueProxyKey(owner, { name: "laptop", team: "", project: "" }, world.deps);
  await world.record(Array.from({ length: 30 }, (_, at) => makeEvent({ id: `evt_${at}`, ...recent(at) })));
}

export const recent = (at: number) =>
  startedAt(new Date(Date.parse("2026-11-22T10:00:00Z") + at * 60_000).toISOString());

/**
 * Lines for a shell with `cco` in it that damage the database in `data/`. Its tables are noise, and its log is empty. The
 * first page stays: as after a fault of a disk, the file still looks like a database.
 */
export const DAMAGE_DATABASE =
  ": >data/cco.db-wal; dd if=/dev/urandom of=data/cco.db bs=4096 seek=1 count=40 conv=notrunc status=none; if cco verify; then exit 9; fi";
