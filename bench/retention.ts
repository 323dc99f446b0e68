// What an event takes in the database, and how long archiving holds it while others write and read.
//   node --import tsx bench/retention.ts [events]      (BENCH_DATABASE_URL for an empty PostgreSQL database)
import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { makeControlDeps } from "#control/deps.ts";
import { runRetention } from "#control/retention/run.ts";
import { operatorActor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { newId } from "#proxy/request/event-id.ts";
import { readDatabaseSize } from "#store/database-size.ts";
import { listEvents } from "#store/events.ts";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { pricedEvent } from "#tests/support/priced-event.ts";

const count = Number(process.argv[2] ?? 100_000);
const DAYS = 4;
const FIRST_MS = Date.parse("2026-06-01T00:00:00Z");
const BATCH = 500;

const dir = mkdtempSync(join(tmpdir(), "cco-retention-"));
try {
  const url = process.env.BENCH_DATABASE_URL ?? `file:${join(dir, "cco.db")}`;
  await migrateDatabase(url);
  const connection = await openSqlConnection(url);
  await fill(connection);
  if (connection.dialect === "postgresql") await connection.all("VACUUM ANALYZE");
  if (connection.dialect === "sqlite") await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  const full = await readDatabaseSize(connection, connection.dialect);
  console.log(`${connection.dialect}: ${count} events, ${Math.round(full.bytes / count)} bytes each, totals included`);
  if (connection.dialect === "postgresql") await describeTable(connection);
  await archive(url, connection);
  if (connection.dialect === "postgresql") await connection.all("VACUUM");
  if (connection.dialect === "sqlite") await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  const rest = await readDatabaseSize(connection, connection.dialect);
  console.log(`after: ${rest.bytes} bytes of ${full.bytes}, free ${rest.freeBytes}`);
  await connection.close();
} finally {
  rmSync(dir, { recursive: true, force: true });
}

/** Twenty people in eight projects, sessions of sixty requests. */
async function fill(connection: SqlConnection): Promise<void> {
  const sessions = Array.from({ length: Math.ceil(count / 60) }, () => randomUUID());
  const stepMs = (DAYS * 86_400_000) / count;
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from);
    await recordEvents(
      connection,
      Array.from({ length: size }, (_, at) => eventAt(from + at, FIRST_MS + (from + at) * stepMs, sessions)),
    );
  }
}

function eventAt(at: number, ms: number, sessions: readonly string[]): RequestEvent {
  const startedAtMs = Math.floor(ms);
  const session = sessions[Math.floor(at / 1_200) * 20 + (at % 20)] ?? sessions[0] ?? "";
  return pricedEvent({
    id: newId("evt", startedAtMs),
    instanceId: "ins_01K9XJ3F5S8ZB7Q2W4C6D8E0FG",
    upstreamRequestId: `req_011C${at.toString(36).padStart(20, "0")}`,
    startedAtMs,
    endedAtMs: startedAtMs + 900 + (at % 5_000),
    project: `project-${(at % 20) % 8}`,
    team: `team-${(at % 20) % 3}`,
    personId: `per_01K9XJ3F5S8ZB7Q2W4C6D8E0${10 + (at % 20)}`,
    proxyKeyId: `key_01K9XJ3F5S8ZB7Q2W4C6D8E0${10 + (at % 20)}`,
    sessionId: session,
    ruleId: `r_${(at % 20) % 3}`,
    facts: '{"tools":14,"effort":"medium"}',
    messages: at % 200,
    edits: at % 2 === 0 ? '[{"code":"model","field":"model","action":"override-model"}]' : null,
  });
}

async function describeTable(connection: SqlConnection): Promise<void> {
  const rows = await connection.all(
    `SELECT relname AS name, pg_relation_size(oid) AS bytes FROM pg_class
     WHERE relname LIKE 'event_%' AND relkind IN ('r', 'i') ORDER BY 2 DESC`,
  );
  for (const { name, bytes } of rows) console.log(`  ${name}: ${Math.round(Number(bytes) / count)} bytes each`);
  const total = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0);
  console.log(`  table and indexes: ${Math.round(total / count)} bytes each`);
}

/** Archives everything, while another connection records and a third one reads. */
async function archive(url: string, connection: SqlConnection): Promise<void> {
  const deps = await makeControlDeps({ ...readConsoleEnv({ CCO_DATA_DIR: dir, DATABASE_URL: url }), databaseUrl: url });
  const [writer, reader] = [await openSqlConnection(url), await openSqlConnection(url)];
  let isOver = false;
  const waits = { write: [] as number[], read: [] as number[] };
  const again = async (name: "write" | "read", step: () => Promise<unknown>) => {
    while (!isOver) {
      const beginTick = performance.now();
      await step();
      waits[name].push(performance.now() - beginTick);
      await wait(20);
    }
  };
  let made = 0;
  const record = () => {
    made += 1;
    return recordEvents(
      writer,
      Array.from({ length: 10 }, (_, at) => eventAt(made * 10 + at, Date.now(), ["ses"])),
    );
  };
  const others = [again("write", record), again("read", () => listEvents(reader, {}, { take: 50 }))];
  const beginTick = performance.now();
  const options = { keepDays: 30, everyMs: 0 };
  const run = await runRetention(operatorActor("bench"), options, { connection }, deps);
  const seconds = (performance.now() - beginTick) / 1_000;
  isOver = true;
  await Promise.all(others);
  const bytes = run?.files.reduce((sum, file) => sum + file.bytes, 0) ?? 0;
  console.log(
    `archived ${run?.deleted} in ${seconds.toFixed(1)} s, ${Math.round(bytes / count)} bytes each in the archive; longest hold ${run?.longestHoldMs.toFixed(0)} ms`,
  );
  for (const [name, list] of Object.entries(waits)) {
    list.sort((one, other) => one - other);
    const at = (part: number) => (list[Math.floor((list.length - 1) * part)] ?? 0).toFixed(0);
    console.log(`  ${name}s beside it: ${list.length}, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`);
  }
  await writer.close();
  await reader.close();
  await deps.db.$disconnect();
}
