import { createHash } from "node:crypto";
import { isLockedOut } from "./database-errors.ts";
import { DatabaseMissing } from "./database-missing.ts";
import { type DatabaseKind, databaseKind } from "./database-url.ts";
import { type AppliedMigration, type Applier, openPostgresqlApplier, openSqliteApplier } from "./migration-appliers.ts";
import { type Migration, migrationsFolder, readMigrations } from "./migration-files.ts";
import { rememberFile } from "./same-file.ts";

/**
 * `edited`: an applied migration's file has changed. `newer`: a newer CCO was here. `half-done`: Prisma's tool left
 * one unfinished.
 */
type MigrationProblem = "edited" | "newer" | "half-done" | "failed";

/** Database that this release cannot use. The message is one line for the operator. */
export class MigrationError extends Error {
  readonly code: MigrationProblem;

  constructor(code: MigrationProblem, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "MigrationError";
    this.code = code;
  }
}

export interface MigrateOptions {
  /** Another folder than this release's own, for tests. */
  folder?: string;
  /** Maximum wait for another process that is migrating. */
  timeoutMs?: number;
  /** CCO has run with this database: one that is gone or empty is not created again, but `DatabaseMissing`. */
  mustExist?: boolean;
}

/**
 * Migrates the database to this release, or refuses with one line and changes nothing. Any number of processes may
 * call it at once: one applies, the others find it done. Killed at any moment, the next start completes it. Agrees
 * with `prisma migrate status`.
 */
export async function migrateDatabase(url: string, options: MigrateOptions = {}): Promise<{ applied: string[] }> {
  const kind = databaseKind(url);
  const migrations = readMigrations(options.folder ?? migrationsFolder(kind));
  const { timeoutMs = 20_000, mustExist = false } = options;
  if (mustExist) rememberFile(url);
  const applier = await openApplier(kind, url, timeoutMs);
  try {
    if (mustExist && (await applier.isEmpty())) throw new DatabaseMissing("empty");
    await applier.begin().catch((error: unknown) => {
      throw isLockedOut(error) ? heldByAnother("The migration", timeoutMs, error) : error;
    });
    const applied: string[] = [];
    for (const migration of pending(migrations, await applier.applied())) {
      if (await applyOnce(applier, migration, timeoutMs)) applied.push(migration.name);
    }
    return { applied };
  } finally {
    await applier.close();
  }
}

interface PendingMigrations {
  pending: string[];
  /** Whether there is no table of ours yet. */
  isEmpty: boolean;
}

/**
 * Names the migrations that a start would apply, and changes nothing. The database must be there. Throws the
 * `MigrationError` a start would end with, and the driver's error where it cannot be opened.
 */
export async function pendingMigrations(url: string, timeoutMs: number): Promise<PendingMigrations> {
  const kind = databaseKind(url);
  const applier = await openApplier(kind, url, timeoutMs);
  try {
    const left = pending(readMigrations(migrationsFolder(kind)), await applier.applied());
    return { pending: left.map(({ name }) => name), isEmpty: await applier.isEmpty() };
  } finally {
    await applier.close();
  }
}

const openApplier = (kind: DatabaseKind, url: string, timeoutMs: number): Promise<Applier> =>
  kind === "sqlite" ? openSqliteApplier(url, timeoutMs) : openPostgresqlApplier(url, timeoutMs);

/** Lists the migrations left to apply; throws when the applied ones do not belong to this release. */
function pending(migrations: readonly Migration[], applied: readonly AppliedMigration[]): Migration[] {
  const known = new Map(migrations.map((migration) => [migration.name, migration]));
  for (const row of applied) {
    const migration = known.get(row.name);
    if (!migration) {
      throw new MigrationError(
        "newer",
        `This database was used by a newer CCO (migration ${row.name}). Start that release. To go back, restore a backup made before it into an empty database: docs/operate.md, "Upgrade and go back".`,
      );
    }
    if (!row.isFinished) {
      throw new MigrationError(
        "half-done",
        `Migration ${row.name} was begun by Prisma's own tool and never finished. Resolve it with "prisma migrate resolve" first.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new MigrationError(
        "edited",
        `Migration ${row.name} was edited after it was applied here. Restore its original text.`,
      );
    }
  }
  const done = new Set(applied.map((row) => row.name));
  return migrations.filter((migration) => !done.has(migration.name));
}

/**
 * Applies one migration. False when another process was faster: its bookkeeping row has the same key, so ours fails
 * before anything is changed.
 */
async function applyOnce(applier: Applier, migration: Migration, timeoutMs: number): Promise<boolean> {
  try {
    await applier.apply(migration, bookkeepingFor(migration));
    return true;
  } catch (error) {
    const rows = await applier.applied();
    if (rows.some((row) => row.name === migration.name && row.isFinished && row.checksum === migration.checksum))
      return false;
    if (isLockedOut(error)) throw heldByAnother(`Migration ${migration.name}`, timeoutMs, error);
    const reason = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw new MigrationError("failed", `Migration ${migration.name} failed and was rolled back: ${reason}`, {
      cause: error,
    });
  }
}

function heldByAnother(what: string, timeoutMs: number, cause: unknown): MigrationError {
  const waited = `${what} waited ${Math.ceil(timeoutMs / 1000)} s for another process that holds the database, and changed nothing`;
  const fix =
    "Start again when it has ended: another start that migrates, a backup, cco verify, or an open transaction";
  return new MigrationError("failed", `${waited}. ${fix}.`, { cause });
}

/**
 * Builds Prisma's row for a finished migration. Our key is made from the name, so two processes cannot both insert
 * it.
 */
function bookkeepingFor({ name, checksum }: Migration): string {
  const hex = createHash("sha256").update(name).digest("hex");
  const id = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join("-");
  const now = new Date().toISOString().replace("Z", "+00:00");
  return `INSERT INTO "_prisma_migrations" ("id", "checksum", "finished_at", "migration_name", "logs", "rolled_back_at", "started_at", "applied_steps_count") VALUES ('${id}', '${checksum}', '${now}', '${name}', NULL, NULL, '${now}', 1);`;
}
