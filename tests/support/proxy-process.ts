import { type ChildProcess, spawn } from "node:child_process";
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { endWithTest } from "./end-with-test.ts";
import { putMigrated } from "./migrated-file.ts";
import { openSqliteFile } from "./sqlite-file.ts";
import { type StoredEvent, storedEvents } from "./stored-events.ts";

const PROXY = join(import.meta.dirname, "../../dist/proxy.mjs");

/** Built proxy on a free port with a separate data folder. */
export interface ProxyProcess {
  port: number;
  url: string;
  pid: number;
  dataDir: string;
  rulesFile: string;
  /** Everything it printed so far. */
  output(): string;
  /** What the database holds of events, once there are at least `count` of them. */
  events(count: number): Promise<EventRow[]>;
  writeRules(toml: string): void;
  /** Sends SIGTERM; resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
  /** Resolves with the exit code once it ends without a signal from here. */
  ended(): Promise<number | null>;
  isAlive(): boolean;
  /** Every byte of every file in the data folder, and everything printed. */
  remains(): Buffer;
}

export type EventRow = StoredEvent;

export interface StartOptions {
  upstreamUrl: string;
  rules?: string;
  env?: Record<string, string>;
  dataDir?: string;
}

export const NO_RULES = '[overrides]\nenabled = true\nrules = []\n[analytics]\nreport_format = "silent"\n';
export const ONE_RULE = `[overrides]
enabled = true
rules = [["claude-opus-5-5", "claude-haiku-5-5"]]
[analytics]
report_format = "silent"
`;

/**
 * Starts it and waits for its first line. Fails with what it printed if it ends instead. A folder that is made here holds a
 * migrated database already: that starts with none make the tables is proven by tests of the start and of migrations.
 */
export async function startProxy({
  upstreamUrl,
  rules = NO_RULES,
  env = {},
  dataDir,
}: StartOptions): Promise<ProxyProcess> {
  const folder = dataDir ?? mkdtempSync(join(tmpdir(), "cco-proxy-"));
  const rulesFile = join(folder, "model-overrides.toml");
  writeFileSync(rulesFile, rules);
  const data = join(folder, "data");
  if (dataDir === undefined && env.DATABASE_URL === undefined) {
    mkdirSync(data, { mode: 0o700 });
    await putMigrated(join(data, "cco.db"));
  }
  const child = spawnProxy({
    CCO_PORT: "0",
    CCO_CONFIG: rulesFile,
    CCO_DATA_DIR: data,
    CCO_UPSTREAM_URL: upstreamUrl,
    ...env,
  });
  const printed = collect(child);
  const port = await until(() => {
    if (child.exitCode !== null) throw new Error(`the proxy ended with ${child.exitCode}: ${printed()}`);
    return Number(/CCO started on http:\/\/\S+:(\d+)/.exec(printed())?.[1] ?? 0) || null;
  });
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    pid: child.pid ?? 0,
    dataDir: data,
    rulesFile,
    output: printed,
    events: (count) => readEvents(join(data, "cco.db"), count),
    writeRules: (toml) => {
      writeFileSync(`${rulesFile}.new`, toml);
      renameSync(`${rulesFile}.new`, rulesFile);
    },
    stop: (signal = "SIGTERM") => endChild(child, signal),
    ended: () => waitForExit(child),
    isAlive: () => child.exitCode === null && child.signalCode === null,
    remains: () => Buffer.concat([Buffer.from(printed()), ...filesIn(data).map((file) => readFileSync(file))]),
  };
}

/** The bare process with exactly this environment, for starts that are meant to fail. */
export function spawnProxy(env: Record<string, string>): ChildProcess {
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [PROXY], {
    env: { NODE_ENV: "test", PATH, HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  return endWithTest(child);
}

export function collect(child: ChildProcess): () => string {
  let text = "";
  child.stdout?.on("data", (part: Buffer) => {
    text += part.toString();
  });
  child.stderr?.on("data", (part: Buffer) => {
    text += part.toString();
  });
  return () => text;
}

export function waitForExit(child: ChildProcess): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once("exit", (code: number | null) => resolve(code));
  });
}

async function endChild(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  child.kill(signal);
  return waitForExit(child);
}

/** Longest pause between two looks that is made of what a look took. */
const PAUSE_MAX_MS = 250;

/**
 * Polls for a fact; the deadline only ends a wait that would never end. A look that takes long is repeated less often, and
 * leaves the core to what it waits for; one that is known to be dear names its pause.
 */
export async function until<T>(
  look: () => T | null | undefined | false | Promise<T | null | undefined | false>,
  withinMs = 120_000,
  pauseMs = 20,
): Promise<T> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const begunAt = performance.now();
    const found = await look();
    if (found) return found;
    const now = performance.now();
    if (now > deadline) throw new Error("what was waited for did not come");
    const restMs = Math.max(pauseMs, Math.min(PAUSE_MAX_MS, (now - begunAt) * 3));
    await new Promise((resolve) => setTimeout(resolve, restMs));
  }
}

async function readEvents(file: string, count: number): Promise<EventRow[]> {
  const client = openSqliteFile(file);
  try {
    return await until(async () => {
      // Read the rows once they are there. To read a thousand at every look would be most of a wait's work.
      const counted = await client.execute("select count(*) as count from event_row").catch(() => null);
      if (counted === null || Number(counted.rows[0]?.count) < count) return null;
      return await storedEvents(async (sql) => (await client.execute(sql)).rows);
    });
  } finally {
    client.close();
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => join(folder, name))
    .filter((path) => statSync(path, { throwIfNoEntry: false })?.isFile());
}

/** However the test ends: no process and no file of it stays. */
export async function clearAway(proxy: ProxyProcess): Promise<void> {
  await proxy.stop("SIGKILL");
  removeData(proxy);
}

export function removeData(proxy: ProxyProcess): void {
  rmSync(join(proxy.dataDir, ".."), { recursive: true, force: true });
}

/** Sends raw bytes and returns everything that comes back until the connection ends or falls silent. */
export function raw(port: number, bytes: string | Buffer, silentMs = 400): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(bytes));
    const done = () => {
      socket.destroy();
      resolve(text);
    };
    // The first byte may be long in coming on a busy machine. Only what comes after it is judged by its silence.
    let timer = setTimeout(done, Math.max(5_000, silentMs * 5));
    socket.on("data", (part) => {
      text += part.toString("latin1");
      clearTimeout(timer);
      timer = setTimeout(done, silentMs);
    });
    socket.on("error", () => {});
    socket.on("close", () => {
      clearTimeout(timer);
      resolve(text);
    });
  });
}
