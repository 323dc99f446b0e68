import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { roles } from "#core/access/roles.ts";
import { type Database, openDatabase } from "#store/client.ts";
import { queryRows } from "#store/raw.ts";
import { seedDatabase } from "./seed.ts";
import { seedTeam } from "./seed-team.ts";

const folder = mkdtempSync(join(tmpdir(), "cco-seed-"));
const databaseUrl = `file:${join(folder, "cco.db")}`;
let db: Database;

beforeAll(async () => {
  const nowMs = Date.parse("2026-11-20T16:00:00Z");
  await seedDatabase({ databaseUrl, rulesFile: join(folder, "rules.toml"), nowMs, days: 3 });
  db = await openDatabase(databaseUrl);
});
afterAll(async () => {
  await db.$disconnect();
  rmSync(folder, { recursive: true, force: true });
});

it("says of every key with traffic when it was last used", async () => {
  const keys = await db.proxyKey.findMany({ select: { id: true, lastUsedAt: true } });
  const newest = await queryRows(
    db,
    `SELECT word_key AS key_id, MAX(started_at_ms) AS newest FROM event_row
     LEFT JOIN event_word ON event_word.id = proxy_key_id GROUP BY word_key`,
  );
  const expected = new Map(newest.map((row) => [row.key_id, Number(row.newest)]));

  expect(expected.size).toBeGreaterThan(5);
  expect(keys.map(({ id, lastUsedAt }) => [id, lastUsedAt?.getTime()])).toEqual(
    keys.map(({ id }) => [id, expected.get(id)]),
  );
});

it("has a person of every role to sign in as", () => {
  expect(new Set(seedTeam.map(({ role }) => role))).toEqual(new Set(roles));
  expect(seedTeam.filter(({ name }) => name === "")).toEqual([]);
});
