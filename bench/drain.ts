// What an event costs the ledger: spool on disk to rows and rollups in the database.
//   node --import tsx bench/drain.ts [events] [postgresql]     (with --cpu-prof to see where it goes)
// PostgreSQL is this machine's own, started for it; BENCH_DATABASE_URL names another one.
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { demand } from "./correctness.ts";
import { serverCpu } from "./server-cpu.ts";
import { drainSpool, writeSpool } from "./stored-events.ts";

const count = Number(process.argv[2] ?? 50_000);
const server = process.argv[3] === "postgresql" ? await startPostgresql() : null;
const dir = mkdtempSync(join(tmpdir(), "cco-drain-"));
try {
  const ownDatabase = async () => (server === null ? `file:${join(dir, "cco.db")}` : await server.newDatabase());
  const databaseUrl = process.env.BENCH_DATABASE_URL ?? (await ownDatabase());
  const spoolDir = join(dir, "spool");
  await migrateDatabase(databaseUrl);
  await writeSpool(spoolDir, count);

  const connection = await openSqlConnection(databaseUrl);
  const cpuOfServer = server === null ? null : await serverCpu(connection);
  const load = loadavg()[0] ?? 0;
  const serverBefore = cpuOfServer?.() ?? 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await drainSpool(spoolDir, databaseUrl);
  const cpu = process.cpuUsage(cpuBefore);
  const seconds = (performance.now() - startedAt) / 1000;
  const serverSeconds = cpuOfServer === null ? null : cpuOfServer() - serverBefore;

  const [row] = await connection.all("SELECT COUNT(*) AS events, SUM(duration_ms) AS ms FROM event_row");
  await connection.close();
  demand(Number(row?.events) === count, `${row?.events} of ${count} events arrived`);
  const perEvent = (cpu.user + cpu.system) / count;
  console.log(
    `${count} events in ${seconds.toFixed(1)} s (${Math.round(count / seconds)}/s): ${perEvent.toFixed(1)} µs of CPU each (${(cpu.user / count).toFixed(1)} user, ${(cpu.system / count).toFixed(1)} system), load ${load.toFixed(1)} before`,
  );
  if (serverSeconds !== null) console.log(`PostgreSQL: ${((serverSeconds * 1e6) / count).toFixed(1)} µs of CPU each`);
} finally {
  rmSync(dir, { recursive: true, force: true });
  await server?.stop();
}
