import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Redis } from "ioredis";
import { findOrInstall } from "./debian.ts";
import { endWithTest } from "./end-with-test.ts";
import { freePort } from "./free-port.ts";

export interface RedisServer {
  url: string;
  port: number;
  /** A client of the test's own, beside the one under test. */
  client: Redis;
  /** Stops the server in its tracks, lets it go on, or kills it. */
  signal(name: "SIGSTOP" | "SIGCONT" | "SIGKILL"): void;
  /** Starts it again on the same port, empty. */
  startAgain(): Promise<void>;
  stop(): Promise<void>;
}

/** A throw-away server of this machine's own Redis, on a free loopback port. Never skipped: without Redis this throws. */
export async function startRedis(password?: string): Promise<RedisServer> {
  const program = findOrInstall(find, "redis-server", "These tests need Redis's server program");
  const folder = mkdtempSync(join(tmpdir(), "cco-redis-"));
  const port = await freePort();
  const options = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"];
  if (password !== undefined) options.push("--requirepass", password);
  const start = () => endWithTest(spawn(program, options, { stdio: "ignore" }));
  let child = start();
  await untilItListens(port);
  const url = `redis://${password === undefined ? "" : `:${password}@`}127.0.0.1:${port}`;
  const client = new Redis(url, { maxRetriesPerRequest: null });
  client.on("error", () => {});
  return {
    url,
    port,
    client,
    signal: (name) => child.kill(name),
    async startAgain() {
      child = start();
      await untilItListens(port);
    },
    async stop() {
      client.disconnect();
      const ended = child.exitCode !== null || child.signalCode !== null;
      const exit = ended ? Promise.resolve() : new Promise<void>((resolve) => child.once("exit", () => resolve()));
      child.kill("SIGKILL");
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function find(): string | null {
  const places = (process.env.PATH ?? "").split(":").map((place) => join(place, "redis-server"));
  return places.find((place) => existsSync(place)) ?? null;
}

async function untilItListens(port: number): Promise<void> {
  const until = Date.now() + 20_000;
  while (!(await listens(port))) {
    if (Date.now() > until) throw new Error("redis-server did not start");
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1", () => {
      socket.destroy();
      resolve(true);
    });
    socket.on("error", () => resolve(false));
  });
}
