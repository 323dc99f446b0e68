import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { migrateDatabase } from "#store/migrate.ts";
import { findOrInstall } from "./debian.ts";
import { endWithTest } from "./end-with-test.ts";
import { freePort } from "./free-port.ts";
import { listChildren } from "./list-children.ts";

/** The database of a cluster that has this release's tables, and no session: what others are copied from. */
const MIGRATED = "migrated";

export interface PostgresqlServer {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** The address of a new database with this release's tables, a copy: migrations run once per run. */
  newMigratedDatabase(): Promise<string>;
  /** Starts a streaming copy of all databases; `stop` ends it before the server itself. */
  startReplica(): Promise<PostgresqlReplica>;
  /** Stops the whole server in its tracks, and lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Shuts the server down, sessions and all, and starts it again with what it holds. */
  halt(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/** A server that follows another, for reading only. */
export interface PostgresqlReplica {
  /** The address of the copy of a database, from the database's own. */
  toUrl(databaseUrl: string): string;
  /** Holds back what it applies, and applies it. */
  pause(): Promise<void>;
  resume(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * A throw-away server of this machine's own PostgreSQL, on a free loopback port. Never skipped: without PostgreSQL this
 * throws. Long because start, halt and stop share one folder and one process.
 */
export async function startPostgresql(): Promise<PostgresqlServer> {
  const bin = binaries();
  const folder = mkdtempSync(join(tmpdir(), "cco-pg-"));
  // PostgreSQL refuses to run as root.
  const owner = process.getuid?.() === 0 ? { uid: readId("-u"), gid: readId("-g") } : {};
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const port = await freePort();
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
  const toAddress = (name: string) => `postgresql://cco@127.0.0.1:${port}/${name}`;
  const start = () => {
    const child = endWithTest(spawn(join(bin, "postgres"), options, { ...owner, cwd: folder, stdio: "ignore" }));
    return { child, ended: new Promise<void>((resolve) => child.once("exit", () => resolve())) };
  };
  let running: ReturnType<typeof start>;
  const halt = () => {
    running.child.kill("SIGINT"); // fast shutdown: ends sessions
    return running.ended;
  };
  const resume = async () => {
    running = start();
    await untilItAnswers(toAddress("postgres"));
  };
  let made = 0;
  const create = async (from = "template1") => {
    made += 1;
    const name = `test_${made}`;
    await withClient(toAddress("postgres"), (client) => client.query(`CREATE DATABASE ${name} TEMPLATE ${from}`));
    return name;
  };
  await copyCluster(data, async () => {
    const init = ["-D", data, "-U", "cco", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
    execFileSync(join(bin, "initdb"), init, { ...owner, cwd: folder, stdio: "pipe" });
    await resume();
    await withClient(toAddress("postgres"), (client) => client.query(`CREATE DATABASE ${MIGRATED}`));
    await migrateDatabase(toAddress(MIGRATED));
    await halt();
  });
  await resume();
  return {
    newDatabase: async () => toAddress(await create()),
    newMigratedDatabase: async () => toAddress(await create(MIGRATED)),
    startReplica: () => startReplica({ bin, folder, owner, port }),
    signal(name) {
      const { pid } = running.child;
      if (pid === undefined) return;
      // Signal the postmaster first, so that it starts no processes meanwhile. Those that serve a session have each a
      // process group apart.
      process.kill(pid, name);
      for (const child of listChildren(pid)) {
        try {
          process.kill(child, name);
        } catch {
          // A session that ended meanwhile.
        }
      }
    },
    halt,
    resume,
    async stop() {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** A copy by streaming, as an operator would make it with `pg_basebackup`. */
async function startReplica(of: {
  bin: string;
  folder: string;
  owner: { uid?: number; gid?: number };
  port: number;
}): Promise<PostgresqlReplica> {
  const { bin, folder, owner } = of;
  const port = await freePort();
  const data = join(folder, `replica-${port}`);
  const from = ["-h", "127.0.0.1", "-p", String(of.port), "-U", "cco", "-D", data, "-R", "-X", "stream", "-c", "fast"];
  execFileSync(join(bin, "pg_basebackup"), from, { ...owner, cwd: folder, stdio: "pipe" });
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
  const child = endWithTest(spawn(join(bin, "postgres"), options, { ...owner, cwd: folder, stdio: "ignore" }));
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const address = `postgresql://cco@127.0.0.1:${port}/postgres`;
  await untilItAnswers(address);
  return {
    toUrl(databaseUrl) {
      const url = new URL(databaseUrl);
      url.port = String(port);
      return url.toString();
    },
    pause: () => withClient(address, (client) => client.query("SELECT pg_wal_replay_pause()")).then(() => {}),
    resume: () => withClient(address, (client) => client.query("SELECT pg_wal_replay_resume()")).then(() => {}),
    stop() {
      child.kill("SIGINT");
      return ended;
    },
  };
}

/** The first server of a run makes the cluster; the others copy it (tests/support/run-folder.ts). */
async function copyCluster(data: string, make: () => Promise<void>): Promise<void> {
  const runFolder = process.env.CCO_TEST_RUN_FOLDER;
  const template = runFolder === undefined ? null : join(runFolder, "postgresql");
  if (template !== null && existsSync(template)) {
    execFileSync("cp", ["-a", join(template, "data"), data]);
    return;
  }
  await make();
  if (runFolder === undefined || template === null) return;
  const copy = mkdtempSync(join(runFolder, "copy-"));
  execFileSync("cp", ["-a", data, join(copy, "data")]);
  // Another file may have been faster: then its template stays, and this one goes with the folder.
  if (!existsSync(template)) renameSync(copy, template);
}

/** Where the server's programs are. */
const binaries = (): string => findOrInstall(find, "postgresql", "These tests need PostgreSQL's server programs");

function find(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const places = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return places.find((place) => existsSync(join(place, "initdb")) && existsSync(join(place, "postgres"))) ?? null;
}

const readId = (flag: "-u" | "-g"): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));

async function untilItAnswers(url: string): Promise<void> {
  const until = Date.now() + 30_000;
  for (;;) {
    try {
      return await withClient(url, async () => {});
    } catch (error) {
      if (Date.now() > until) throw error;
      await wait(50);
    }
  }
}

async function withClient(url: string, work: (client: pg.Client) => Promise<unknown>): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on("error", () => {});
  await client.connect();
  await work(client).finally(() => client.end());
}
