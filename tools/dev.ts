import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, watch } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArguments } from "#cli/arguments.ts";
import { consoleEnv, freePort, prepareDataDir, readRunSettings, serverOptions } from "#cli/run-settings.ts";
import { demoPassword, demoPeople } from "#core/access/demo-people.ts";
import { invariant } from "#core/invariant.ts";
import { seedDatabase } from "./seed.ts";

/**
 * `npm run dev`: CCO with everything rebuilt on change, on a seeded database in data/dev. Bundles are rebuilt and the
 * proxy restarted on change; the provider is fake, and the console has hot reload. Flags and CCO_* variables work as
 * for `cco run`; CCO_UPSTREAM_URL replaces the fake provider.
 */
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = join(root, "data", "dev");
const dist = join(root, "dist");
const children = new Map<string, ChildProcess>();
const restarts = new Map<string, () => void>();
let isStopping = false;

process.env.CCO_DATA_DIR ??= folder;
process.env.CCO_CONFIG ??= join(folder, "model-overrides.toml");
const mockPort = await freePort();
const consolePort = await freePort();
process.env.CCO_UPSTREAM_URL ??= `http://127.0.0.1:${mockPort}`;
process.env.CCO_CONSOLE_URL ??= `http://127.0.0.1:${consolePort}`;
const parsed = parseArguments(process.argv.slice(2), serverOptions, "run");
invariant(parsed !== null, "npm run dev has no separate help: see cco run --help");
const settings = readRunSettings(parsed);
const { databaseUrl, dataDir, rulesFile, port } = settings.proxy;

prepareDataDir(dataDir, settings.env);
mkdirSync(dist, { recursive: true });
process.stderr.write("Preparing data/dev … ");
const seeded = await seedDatabase({ databaseUrl, rulesFile, nowMs: Date.now() });
process.stderr.write(seeded === null ? "kept.\n" : `${seeded.events} invented requests.\n`);

const publicUrl = settings.proxy.publicUrl?.origin ?? `http://localhost:${port}`;
const proxyEnv = { ...settings.env, NODE_ENV: "development" };
const nextEnv = { ...consoleEnv(settings, consolePort, publicUrl), NODE_ENV: "development" };
const next = join(root, "node_modules", "next", "dist", "bin", "next");

start("bundles", [join(root, "scripts", "build.mjs"), "--watch"], settings.env);
start("mock", [join(dist, "mock.mjs")], { ...settings.env, MOCK_PORT: String(mockPort), MOCK_RECORD: "1" });
start("proxy", [join(dist, "proxy.mjs")], proxyEnv);
start("console", [next, "dev", "--port", String(consolePort), "--hostname", "127.0.0.1"], nextEnv);
restartOnChange(["mock.mjs"], "mock");
restartOnChange(["proxy.mjs", "ledger-worker.mjs", "telemetry.mjs"], "proxy");
process.stdout.write(`Sign in at ${publicUrl} as ${demoPeople[0]?.email}, password "${demoPassword}".\n`);
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, stop);

/** Reports a child that exits; the next change of its bundle restarts it. */
function start(name: string, args: string[], env: Record<string, string>): void {
  const again = () => start(name, args, env);
  const child = spawn(process.execPath, args, { cwd: root, env: env as NodeJS.ProcessEnv, stdio: "inherit" });
  children.set(name, child);
  child.once("exit", (code, signal) => {
    if (children.get(name) === child) children.delete(name);
    if (!isStopping && code !== 0 && signal === null) process.stderr.write(`The ${name} ended with ${code}.\n`);
  });
  restarts.set(name, again);
}

function restartOnChange(files: string[], name: string): void {
  let known = contents(files);
  let timer: NodeJS.Timeout | null = null;
  watch(dist, () => {
    if (timer !== null) clearTimeout(timer);
    // The watcher writes several files, each in steps: look when it is done.
    timer = setTimeout(() => {
      const now = contents(files);
      if (now === known) return;
      known = now;
      restart(name);
    }, 200);
  });
}

function restart(name: string): void {
  if (isStopping) return;
  const child = children.get(name);
  const again = restarts.get(name);
  if (child === undefined) again?.();
  else {
    child.once("exit", () => again?.());
    child.kill("SIGTERM");
  }
}

/** Judged by content: a rebuild that changes nothing restarts nothing. */
function contents(files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) if (existsSync(join(dist, file))) hash.update(readFileSync(join(dist, file)));
  return hash.digest("hex");
}

function stop(): void {
  isStopping = true;
  for (const child of children.values()) child.kill("SIGTERM");
  const waiting = setInterval(() => {
    if (children.size > 0) return;
    clearInterval(waiting);
    process.exit(0);
  }, 50);
}
