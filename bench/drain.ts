// What an event costs the ledger in CPU: spool on disk to rows and rollups in SQLite.
//   node --import tsx bench/drain.ts [events]          (with --cpu-prof to see where it goes)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { LedgerLoop } from "#proxy/ledger/ledger-loop.ts";
import { openSpool } from "#proxy/spool.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { makeEvent, openRecordOf } from "#tests/support/make-event.ts";
import { demand } from "./correctness.ts";

const count = Number(process.argv[2] ?? 50_000);
const dir = mkdtempSync(join(tmpdir(), "cco-drain-"));
try {
  const databaseUrl = process.env.BENCH_DATABASE_URL ?? `file:${join(dir, "cco.db")}`;
  const spoolDir = join(dir, "spool");
  await migrateDatabase(databaseUrl);
  await writeSpool(spoolDir);

  const loop = new LedgerLoop(
    { databaseUrl, spoolDir, instanceId: "ins_bench", reportingZone: null, modelsFile: null },
    () => {},
  );
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  loop.receive({ kind: "stop", withinMs: 600_000 });
  await loop.run();
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

/** Traffic as a team makes it: 20 projects, 40 people, 3,000 sessions, 50 ms apart, ids as the proxy mints them. */
async function writeSpool(spoolDir: string): Promise<void> {
  const { newId } = await import("#proxy/event-id.ts");
  const spool = openSpool({ dir: spoolDir, instanceId: "ins_bench", ballastBytes: 0 });
  for (let n = 0; n < count; n += 1) {
    const startedAtMs = 1_795_000_000_000 + n * 50;
    const event = makeEvent({
      id: newId("evt", startedAtMs),
      instanceId: "ins_01KBCDEFGHJKMNPQRSTVWXYZ01",
      startedAtMs,
      endedAtMs: startedAtMs + 900,
      project: `project-${n % 20}`,
      personId: `per_01KBCDEFGHJKMNPQRSTVWXY${n % 40}`,
      sessionId: `0b6f1a52-9c1e-4b6e-8f0a-${String(n % 3000).padStart(12, "0")}`,
      upstreamRequestId: `req_011CSHoEeqs5C35K2UUqR7F${n % 10}`,
    });
    spool.open(openRecordOf(event));
    spool.close(event);
  }
  await spool.end();
}
