import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { startLedger } from "#proxy/ledger/client/ledger-thread.ts";
import { eventPages } from "#store/events.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { startChild } from "#tests/support/child.ts";
import { type PostgresqlServer, startPostgresql } from "#tests/support/postgresql.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { seededRandom, testSeed } from "#tests/support/seeded-random.ts";
import { workerUrl } from "#tests/support/worker-url.ts";

const kills = Number(process.env.CCO_TEST_KILLS ?? "8");

let server: PostgresqlServer;
beforeAll(async () => {
  server = await startPostgresql();
});
afterAll(() => server?.stop());

it.each([
  ["SQLite", async (dir: string) => `file:${join(dir, "cco.db")}`, kills],
  ["PostgreSQL", () => server.newDatabase(), Math.ceil(kills / 4)],
])(
  "kill -9 at any moment loses and doubles nothing (%s)",
  async (kind, newUrl, rounds) => {
    const dir = scratchFolder();
    const url = await newUrl(dir);
    const spoolDir = join(dir, "spool");
    await migrateDatabase(url);
    const watcher = await openSqlConnection(url);
    onTestFinished(() => watcher.close());
    const sent = new Set<string>();
    const answered = new Set<string>();
    const seed = testSeed();
    const random = seededRandom(seed);
    console.log(`seed ${seed}`);

    for (let round = 0; round < rounds; round += 1) {
      const delayMs = Math.floor(random() * 1500);
      const isLocked = kind === "SQLite" && round % 3 === 2;
      const saidFile = join(dir, `said-${round}`);
      const child = startChild("write-spool", { databaseUrl: url, spoolDir, instanceId: `ins_${round}`, saidFile });
      await eventually(() => expect(statSync(saidFile).size).toBeGreaterThan(0));
      if (isLocked) await watcher.all("BEGIN IMMEDIATE");
      await wait(delayMs);
      child.kill("SIGKILL");
      const { errors } = await child.ended;
      if (isLocked) await watcher.all("ROLLBACK");
      expect(errors).toBe("");
      note(readFileSync(saidFile, "utf8"), sent, answered);
      console.log(
        `round ${round}: killed after ${delayMs} ms${isLocked ? ", database locked" : ""}; ${answered.size} answered so far`,
      );
    }

    const last = startLedger({ databaseUrl: url, spoolDir, instanceId: "ins_last", reportingZone: null, workerUrl });
    // Nothing is left but the locks of those who were killed; every segment is gone only after its commit.
    await eventually(() => expect(readdirSync(spoolDir).filter((name) => !name.endsWith(".lock"))).toEqual([]));
    await last.stop();

    const rows = await endings(watcher);
    expect([...answered].filter((id) => rows.get(id) !== "complete")).toEqual([]);
    expect([...sent].filter((id) => !rows.has(id))).toEqual([]);
    const isUnfinished = (id: string) => !answered.has(id) && rows.get(id) === "interrupted";
    expect([...rows.keys()].filter((id) => !answered.has(id) && !isUnfinished(id)).length).toBeLessThanOrEqual(rounds); // closed, and killed before it could say so
    expect(await verifyLedger(watcher)).toMatchObject({ ok: true, events: rows.size });
    expect(answered.size).toBeGreaterThan(rounds * 20);
  },
  300_000,
);

/** Half a line at the end was being written when the process died: it said nothing. */
function note(output: string, sent: Set<string>, answered: Set<string>): void {
  for (const line of output.split("\n").slice(0, -1)) (line.startsWith("c ") ? answered : sent).add(line.slice(2));
}

async function endings(connection: SqlConnection): Promise<Map<string, string>> {
  const rows = new Map<string, string>();
  for await (const events of eventPages(connection)) for (const event of events) rows.set(event.id, event.ended);
  return rows;
}
