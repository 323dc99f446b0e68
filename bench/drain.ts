// What an event costs the ledger in CPU: spool on disk to rows and rollups in SQLite.
//   node --import tsx bench/drain.ts [events]          (with --cpu-prof to see where it goes)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { demand } from "./correctness.ts";
import { drainSpool, writeSpool } from "./stored-events.ts";

const count = Number(process.argv[2] ?? 50_000);
const dir = mkdtempSync(join(tmpdir(), "cco-drain-"));
try {
  const databaseUrl = process.env.BENCH_DATABASE_URL ?? `file:${join(dir, "cco.db")}`;
  const spoolDir = join(dir, "spool");
  await migrateDatabase(databaseUrl);
  await writeSpool(spoolDir, count);

  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await drainSpool(spoolDir, databaseUrl);
  const cpu = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1000;

  const connection = await openSqlConnection(databaseUrl);
  const [row] = await connection.all("SELECT COUNT(*) AS events, SUM(duration_ms) AS ms FROM request_event");
  await connection.close();
  demand(Number(row?.events) === count, `${row?.events} of ${count} events arrived`);
  const perEvent = (cpu.user + cpu.system) / count;
  console.log(
    `${count} events in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s): ${perEvent.toFixed(1)} µs of CPU each (${(cpu.user / count).toFixed(1)} user, ${(cpu.system / count).toFixed(1)} system)`,
  );
} finally {
  rmSync(dir, { recursive: true, force: true });
}
