import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import pg from "pg";
import { childrenOf } from "./children-of.ts";
import { findOrInstall } from "./debian.ts";
import { freePort } from "./free-port.ts";

export interface PostgresqlServer {
  /** The address of a new, empty database. */
  newDatabase(): Promise<string>;
  /** Stops the whole server in its tracks, and lets it go on. */
  signal(name: "SIGSTOP" | "SIGCONT"): void;
  /** Shuts the server down, sessions and all, and starts it again with what it holds. */
  halt(): Promise<void>;
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
  const owner = process.getuid?.() === 0 ? { uid: idOf("-u"), gid: idOf("-g") } : {};
  if (owner.uid !== undefined && owner.gid !== undefined) chownSync(folder, owner.uid, owner.gid);
  const data = join(folder, "data");
  const init = ["-D", data, "-U", "cco", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"];
  execFileSync(join(bin, "initdb"), init, { ...owner, cwd: folder, stdio: "pipe" });
  const port = await freePort();
  const options = ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder, "-c", "fsync=off"];
  const start = () => {
    const child = spawn(join(bin, "postgres"), options, { ...owner, cwd: folder, stdio: "ignore" });
    return { child, ended: new Promise<void>((resolve) => child.once("exit", () => resolve())) };
  };
  const addressOf = (name: string) => `postgresql://cco@127.0.0.1:${port}/${name}`;
  let running = start();
  const halt = () => {
    running.child.kill("SIGINT"); // fast shutdown: ends sessions
    return running.ended;
  };
  await untilItAnswers(addressOf("postgres"));
  let made = 0;
  return {
    async newDatabase() {
      made += 1;
      await withClient(addressOf("postgres"), (client) => client.query(`CREATE DATABASE test_${made}`));
      return addressOf(`test_${made}`);
    },
    signal(name) {
      const { pid } = running.child;
      if (pid === undefined) return;
      // The postmaster first, so that it starts none meanwhile; those that serve a session have each a group of their own.
      process.kill(pid, name);
      for (const child of childrenOf(pid)) {
        try {
          process.kill(child, name);
        } catch {
          // A session that ended meanwhile.
        }
      }
    },
    halt,
    async resume() {
      running = start();
      await untilItAnswers(addressOf("postgres"));
    },
    async stop() {
      await halt();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Where the server's programs are. */
const binaries = (): string => findOrInstall(find, "postgresql", "These tests need PostgreSQL's server programs");

function find(): string | null {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort().reverse() : [];
  const places = [...versions.map((version) => join(debian, version, "bin")), ...(process.env.PATH ?? "").split(":")];
  return places.find((place) => existsSync(join(place, "initdb")) && existsSync(join(place, "postgres"))) ?? null;
}

const idOf = (flag: "-u" | "-g"): number => Number(execFileSync("id", [flag, "postgres"], { encoding: "utf8" }));

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
