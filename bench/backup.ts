// How much longer traffic takes while a backup of a large database is made.
//   node --import tsx bench/backup.ts [events=1000000] [postgresql]
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { startMock } from "#mock/server.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { ONE_RULE, startProxy } from "#tests/support/proxy-process.ts";
import { RawClient, rawMessage } from "#tests/support/raw-client.ts";
import { agentRequest } from "./agent-request.ts";
import { drainSpool, writeSpool } from "./stored-events.ts";

const count = Number(process.argv[2] ?? 1_000_000);
/** A request every five milliseconds on each of the connections: some 150 a second. */
const CONNECTIONS = 4;
const PAUSE_MS = 20;
const QUIET_MS = 20_000;

const server = process.argv[3] === "postgresql" ? await startPostgresql() : null;
const mock = await startMock({ record: false });
const folder = mkdtempSync(join(tmpdir(), "cco-backup-bench-"));
try {
  const dataDir = join(folder, "data");
  mkdirSync(dataDir, { mode: 0o700 });
  const databaseUrl = server === null ? `file:${join(dataDir, "cco.db")}` : await server.newDatabase();
  await migrateDatabase(databaseUrl);
  await writeSpool(join(folder, "spool"), count);
  await drainSpool(join(folder, "spool"), databaseUrl);
  const proxy = await startProxy({
    upstreamUrl: mock.url,
    rules: ONE_RULE,
    dataDir: folder,
    env: { DATABASE_URL: databaseUrl },
  });
  try {
    await timesWhile(proxy.port, wait(5_000));
    const load = loadavg()[0] ?? 0;
    const quiet = await timesWhile(proxy.port, wait(QUIET_MS));
    const startedAt = performance.now();
    const during = await timesWhile(proxy.port, backUp(dataDir, databaseUrl));
    const seconds = (performance.now() - startedAt) / 1_000;
    const again = await timesWhile(proxy.port, wait(QUIET_MS));
    console.log(
      `${count} events, load ${load.toFixed(1)} before; cco backup --include events took ${seconds.toFixed(1)} s`,
    );
    for (const [name, times] of Object.entries({ before: quiet, during, after: again }))
      console.log(words(name, times));
  } finally {
    await proxy.stop();
  }
} finally {
  await mock.close();
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
}

/** Milliseconds of each request while something goes on. */
async function timesWhile(port: number, work: Promise<unknown>): Promise<number[]> {
  let isOver = false;
  const times: number[] = [];
  const { headers, body } = agentRequest({ bytes: 20_000, stream: false });
  const message = rawMessage(port, body, headers);
  const callers = Array.from({ length: CONNECTIONS }, async () => {
    const client = new RawClient(port);
    while (!isOver) {
      const startedAt = performance.now();
      const { status } = await client.send(message);
      if (status !== 200) throw new Error(`a request was answered ${status}`);
      times.push(performance.now() - startedAt);
      await wait(PAUSE_MS);
    }
    client.end();
  });
  await work.finally(() => {
    isOver = true;
  });
  await Promise.all(callers);
  return times.sort((one, other) => one - other);
}

function backUp(dataDir: string, databaseUrl: string): Promise<void> {
  const args = ["dist/cli.mjs", "backup", "--include", "events", "--to", join(folder, "backups")];
  const env = { ...process.env, CCO_DATA_DIR: dataDir, DATABASE_URL: databaseUrl };
  const child = spawn(process.execPath, args, { env, stdio: "ignore" });
  return new Promise((resolve, reject) => {
    child.once("exit", (code) => (code === 0 ? resolve() : reject(new Error(`cco backup ended with ${code}`))));
  });
}

function words(name: string, times: readonly number[]): string {
  const at = (share: number) => (times[Math.floor((times.length - 1) * share)] ?? Number.NaN).toFixed(2);
  return `${name}: ${times.length} requests, p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, most ${at(1)} ms`;
}
