import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { invariant } from "#core/invariant.ts";
import type { DatabaseKind } from "./database-url.ts";

/** One migration of this release, in Prisma's own format. */
export interface Migration {
  name: string;
  sql: string;
  /** sha256 of the file, equal to the checksum of Prisma's engine. */
  checksum: string;
}

/** Reads the migrations of one database kind, in the order of application. */
export function readMigrations(folder: string): Migration[] {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      // Check the name, since it becomes part of a statement. A folder is not input, but a quote in it would still be a
      // bug.
      invariant(/^[\w-]+$/.test(name), `migration folder ${name} has an unusual name`);
      const bytes = readFileSync(join(folder, name, "migration.sql"));
      return { name, sql: bytes.toString("utf8"), checksum: createHash("sha256").update(bytes).digest("hex") };
    });
}

/**
 * Finds the folder of this installation's migrations. It searches upwards from this very file, which lies in `store/`
 * as source and in `dist/` as a bundle. It also searches from the working directory, because the console's bundler
 * moves the file elsewhere.
 */
export function migrationsFolder(kind: DatabaseKind): string {
  for (const start of [dirname(fileURLToPath(import.meta.url)), process.cwd()]) {
    for (let at = start; ; at = dirname(at)) {
      const folder = join(at, "prisma", "migrations", kind);
      if (existsSync(folder)) return folder;
      if (dirname(at) === at) break;
    }
  }
  throw new Error("CCO's own prisma/migrations folder is missing: this installation is incomplete.");
}

/** Name of the newest migration of this release, the same for both databases. */
export const newestMigration = (): string => readMigrations(migrationsFolder("sqlite")).at(-1)?.name ?? "";

/** Tables that the migrations up to one create, also those that a later one removed. */
export function tablesUpTo(migration: string): ReadonlySet<string> {
  const known = readMigrations(migrationsFolder("sqlite")).filter(({ name }) => name <= migration);
  const created = known.flatMap(({ sql }) => [...sql.matchAll(/^CREATE TABLE "(\w+)"/gm)]);
  return new Set(created.map(([, table = ""]) => table));
}
