import path from "node:path";
import { defineConfig } from "prisma/config";

const provider = process.env.CCO_DB_PROVIDER === "postgresql" ? "postgresql" : "sqlite";

/** One schema text, two providers: `scripts/setup.mjs` writes the PostgreSQL copy (only provider and output differ). */
export default defineConfig({
  schema: path.join(import.meta.dirname, provider === "sqlite" ? "schema" : "schema-postgresql"),
  migrations: { path: path.join(import.meta.dirname, "migrations", provider) },
  datasource: { url: process.env.DATABASE_URL ?? "file:./data/cco.db" },
});
