import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { hasKeptState } from "#config/kept-state-file.ts";
import { buildListenerAddress } from "#config/listener-address.ts";
import { exitCodes, FINAL_CODES } from "#core/exit-codes.ts";
import type { MigrateOptions } from "#store/migrate.ts";
import type { Parsed } from "../arguments.ts";
import type { Command } from "../command.ts";
import { consoleCommandLine } from "../console-child.ts";
import type { Output } from "../output.ts";
import { packageRoot } from "../package-root.ts";
import { DatabaseAway, prepareDatabase, type SetupPath } from "../prepare-database.ts";
import {
  consoleEnv,
  freePort,
  prepareDataDir,
  type RunSettings,
  readRunSettings,
  requireFreePort,
  runOptions,
} from "../run-settings.ts";
import { scheduleWork } from "../scheduled-work.ts";
import { Supervisor } from "../supervisor.ts";

const help = `Examples:
  cco run                                          everything on http://localhost:3000
  cco run --port 3100 --config config/dev.toml
  cco run --host 0.0.0.0 --public-url https://cco.example.com
  cco run --no-console                             model traffic only, for containers

  --port <n>           CCO_PORT, 3000
  --host <address>     CCO_HOST, 127.0.0.1
  --config <file>      CCO_CONFIG, config/model-overrides.toml
  --data-dir <folder>  CCO_DATA_DIR, ./data
  --public-url <url>   CCO_PUBLIC_URL: the address people use
  --log-level <level>  CCO_LOG_LEVEL, info
  --drain <seconds>    CCO_SHUTDOWN_SECONDS, 30: how long open answers may go on after a signal to stop
  --no-console         do not start the console

SIGTERM and Ctrl-C finish open answers first; a second one does not wait. SIGHUP reads the rules file again.`;

const PREPARE_AGAIN_MS = 5_000;
/** As long as the proxy itself waits for the database before it serves what was kept. */
const ANSWER_WITHIN_MS = 1_500;

export const runCommand: Command = {
  summary: "Start the proxy and the console (--no-console: the proxy only)",
  help,
  options: { ...runOptions, "no-console": { type: "boolean" } },
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const settings = readRunSettings(parsed);
  // Checked first: a second start must not replace the set-up link of the running one.
  await requireFreePort(settings.proxy, parsed);
  prepareDataDir(settings.proxy.dataDir, settings.env);
  const setup = await prepareOrWait(settings, parsed.output);
  const hasConsole = !parsed.flag("no-console") && isConsoleBuilt(parsed.output);
  return superviseBoth(settings, hasConsole ? await freePort() : null, setup, parsed.output);
}

/**
 * Prepares the set-up path, or returns a promise of it while the database is away. What was kept of the database is
 * then enough to start with. A database that hangs is not waited for longer than one that refuses. Without anything
 * kept, nothing is known of keys and people, and the start ends.
 */
async function prepareOrWait(settings: RunSettings, output: Output): Promise<{ path: Promise<SetupPath> }> {
  const { databaseUrl, dataDir } = settings.proxy;
  const mustExist = hasKeptState(dataDir);
  const prepare = (options: MigrateOptions) => prepareDatabase(databaseUrl, settings.env, { ...options, mustExist });
  if (!mustExist) return { path: Promise.resolve(await prepare({})) };
  const first = prepare({ timeoutMs: ANSWER_WITHIN_MS });
  const silence = new AbortController();
  const late = wait(ANSWER_WITHIN_MS, undefined, { signal: silence.signal }).then(
    () => new DatabaseAway("The database does not answer"),
    () => null,
  );
  const problem = await Promise.race([
    first.then(
      () => null,
      (error: unknown) => error,
    ),
    late,
  ]);
  silence.abort();
  if (problem === null) return { path: first };
  if (!(problem instanceof DatabaseAway)) throw problem;
  const { message, hint } = problem;
  output.note(
    `${hint === null ? message : `${message}: ${hint}`}. Starting without it, by what was kept in ${dataDir}; the console waits for the database.`,
  );
  return { path: prepareLater(first, () => prepare({}), output) };
}

async function prepareLater(
  first: Promise<SetupPath>,
  prepare: () => Promise<SetupPath>,
  output: Output,
): Promise<SetupPath> {
  for (let attempt = first; ; attempt = prepare()) {
    try {
      return await attempt;
    } catch (error) {
      if (!(error instanceof DatabaseAway)) {
        output.error(error instanceof Error ? error.message : String(error));
        return null;
      }
    }
    await wait(PREPARE_AGAIN_MS, undefined, { ref: false });
  }
}

async function superviseBoth(
  settings: RunSettings,
  consolePort: number | null,
  setup: { path: Promise<SetupPath> },
  output: Output,
) {
  const supervisor = new Supervisor(output, settings.proxy.shutdownTimeoutMs);
  supervisor.listenToSignals("proxy");
  const root = packageRoot();
  const env = { ...settings.env };
  if (consolePort !== null) env.CCO_CONSOLE_URL = `http://127.0.0.1:${consolePort}`;
  const { port } = settings.proxy;
  // With port 0 the proxy chooses and the console waits for its port; otherwise both start in parallel.
  let publicUrl =
    settings.proxy.publicUrl?.origin ?? (port === 0 ? null : buildListenerAddress(settings.proxy.host, port));
  if (consolePort !== null && publicUrl !== null) keepConsole(supervisor, settings, consolePort, publicUrl);
  let isStarted = false;
  const onLine = (line: string) => {
    process.stdout.write(`${line}\n`);
    if (isStarted) return;
    const chosen = /^CCO started on (\S+)/.exec(line)?.[1];
    if (publicUrl === null && chosen !== undefined) {
      publicUrl = chosen;
      if (consolePort !== null) keepConsole(supervisor, settings, consolePort, chosen);
    }
    if (!line.startsWith("Override rules loaded: ")) return;
    isStarted = true;
    void setup.path.then((path) => {
      if (consolePort !== null && path !== null) process.stdout.write(`First run: open ${publicUrl}${path}\n`);
    });
  };
  const command = [join(root, "dist", "proxy.mjs")];
  const plan = { name: "proxy", command, cwd: process.cwd(), env, onLine };
  supervisor.keep({ plan, deathsMax: 5, finalCodes: [...FINAL_CODES, exitCodes.addressNotUp] });
  const endWork = scheduleWork(settings, output);
  return supervisor.ended().finally(endWork);
}

function keepConsole(supervisor: Supervisor, settings: RunSettings, port: number, publicUrl: string): void {
  const root = packageRoot();
  // Next would end itself at a signal: it ends after the proxy, whose callers it serves until then.
  const env = { ...consoleEnv(settings, port, publicUrl), NEXT_MANUAL_SIG_HANDLE: "1" };
  const command = consoleCommandLine(root, port);
  supervisor.keep({
    plan: { name: "console", command, cwd: root, env, onLine: () => {}, ignoresSignals: true },
    deathsMax: null,
    finalCodes: [],
    stopsAfter: "proxy",
  });
}

function isConsoleBuilt(output: Output): boolean {
  if (existsSync(join(packageRoot(), process.env.CCO_NEXT_DIST || ".next", "BUILD_ID"))) return true;
  output.note("The console is not built, so only model traffic is served. Run `npm start` once to build it.");
  return false;
}
