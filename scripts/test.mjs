// The whole suite: types, lint, unit and integration (vitest), browser stories (Playwright). Ends with "N passed, N failed".
// A part that cannot run is a failure with a reason, never a silent skip.
import { spawn, spawnSync } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, readFileSync, readSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { failedStories, failedTests } from "./test-failures.mjs";

const tally = { passed: 0, failed: 0 };
/** What failed, said once more at the end: a pipeline may keep only the last lines of a run. */
const failures = [];
const scratch = mkdtempSync(join(tmpdir(), "cco-test-"));
const node = process.execPath;
const only = process.argv.slice(2);
/** Without words everything but `chaos`, which is longer than a developer waits. */
const wants = (part) => only.length === 0 || only.includes(part);

// First of all: tests install packages, too, and Debian lets one do so at a time.
const chromium = wants("e2e") ? findChromium() : null;
// Beside each other: both wait for processes, sockets and polls much of their time, and fill each other's waits.
const others = checksAndUnits();
await Promise.all([others, wants("e2e") ? playwright(others) : null]);
if (only.includes("chaos")) await chaos();

rmSync(scratch, { recursive: true, force: true });
for (const failure of failures) process.stdout.write(`FAILED  ${failure}\n`);
process.stdout.write(`${tally.passed} passed, ${tally.failed} failed\n`);
process.exitCode = tally.failed === 0 ? 0 : 1;

async function checksAndUnits() {
  if (wants("static")) {
    await check("types", [join("node_modules", "typescript", "bin", "tsc"), "--noEmit"]);
    await check("lint and format", [
      join("node_modules", "@biomejs", "biome", "bin", "biome"),
      "check",
      "--error-on-warnings",
      ".",
    ]);
  }
  if (wants("unit")) await vitest("unit and integration", "tests/vitest.config.ts");
}

async function check(name, args) {
  const code = await run(args);
  process.stdout.write(`${code === 0 ? "ok" : "FAILED"}  ${name}\n`);
  tally[code === 0 ? "passed" : "failed"] += 1;
  if (code !== 0) failures.push(name);
}

async function vitest(name, config, env = {}) {
  const report = join(scratch, "vitest.json");
  const code = await run(
    [
      join("node_modules", "vitest", "vitest.mjs"),
      "run",
      "--config",
      config,
      "--root",
      ".",
      "--reporter=default",
      "--reporter=json",
      `--outputFile.json=${report}`,
    ],
    env,
  );
  const result = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  failures.push(...failedTests(result?.testResults ?? []));
  count(name, code, result?.numPassedTests ?? 0, result?.numFailedTests ?? 0);
}

/** The long tests, and the random ones of the suite with many more rounds. Variables that are set already stay. */
async function chaos() {
  const seed = process.env.CCO_TEST_SEED ?? String(Date.now() % 100_000);
  process.stdout.write(`seed ${seed}; once more: CCO_TEST_SEED=${seed} npm run test:chaos\n`);
  const rounds = {
    CCO_DESYNC_ROUNDS: "20000",
    CCO_TEST_KILLS: "120",
    CCO_TEST_RUNS: "300",
    CCO_TEST_BACKLOG: "400000",
    CCO_RELOAD_REQUESTS: "200000",
    CCO_TEST_TIMES: "20",
    CCO_TEST_UPGRADE_EVENTS: "1000000",
  };
  await vitest("chaos", "tests/chaos/vitest.config.ts", {
    ...rounds,
    ...Object.fromEntries(
      Object.keys(rounds).flatMap((name) => (process.env[name] ? [[name, process.env[name]]] : [])),
    ),
    CCO_TEST_SEED: seed,
    CCO_DESYNC_SEED: seed,
  });
}

/** The stories are printed once `others` have said all, so that neither breaks into the other's lines. */
async function playwright(others) {
  if (chromium === null) {
    process.stdout.write(
      "FAILED  browser stories: no Chromium. Install one (Debian: apt-get install chromium-headless-shell) or name it in CCO_CHROMIUM.\n",
    );
    tally.failed += 1;
    return;
  }
  const report = join(scratch, "playwright.json");
  const lines = join(scratch, "playwright.log");
  const output = openSync(lines, "w");
  const workers = wants("unit") ? ["--workers=2"] : [];
  const stories = run(
    [join("node_modules", "@playwright", "test", "cli.js"), "test", "-c", "e2e", "--reporter=list,json", ...workers],
    {
      PLAYWRIGHT_JSON_OUTPUT_NAME: report,
      CCO_CHROMIUM: chromium,
    },
    output,
  ).finally(() => closeSync(output));
  await others;
  await printUntil(stories, lines);
  const code = await stories;
  const result = existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : null;
  failures.push(...failedStories(result?.suites ?? []));
  const stats = result?.stats;
  count("browser stories", code, (stats?.expected ?? 0) + (stats?.flaky ?? 0), stats?.unexpected ?? 0);
}

/** Prints a file as it grows, to its end once `over` is settled. */
async function printUntil(over, path) {
  const file = openSync(path, "r");
  const piece = Buffer.alloc(64 * 1024);
  let isOver = false;
  const ending = () => {
    isOver = true;
  };
  over.then(ending, ending);
  for (let wasOver = false; ; wasOver = isOver) {
    for (let bytes = readSync(file, piece); bytes > 0; bytes = readSync(file, piece))
      process.stdout.write(Buffer.from(piece.subarray(0, bytes)));
    if (wasOver) break;
    await sleep(200);
  }
  closeSync(file);
}

/** A runner that dies without a failing test (or ran none) is itself a failure. */
function count(name, code, passed, failed) {
  tally.passed += passed;
  tally.failed += failed;
  if ((code !== 0 && failed === 0) || passed + failed === 0) {
    process.stdout.write(`FAILED  ${name} (the runner ended with ${code})\n`);
    failures.push(`${name} (the runner ended with ${code})`);
    tally.failed += 1;
  }
}

function findChromium() {
  const shell = "/usr/bin/chromium-headless-shell";
  const known = [
    process.env.CCO_CHROMIUM,
    shell,
    "/usr/bin/chromium",
    "/usr/bin/chromium-browser",
    "/usr/bin/google-chrome",
  ];
  const found = () => known.find((path) => path && existsSync(path)) ?? null;
  if (found() !== null || process.platform !== "linux" || process.getuid?.() !== 0 || !existsSync("/usr/bin/apt-get"))
    return found();
  // The same engine without windows: stories take a third less processor time than with the whole browser.
  process.stdout.write("Installing Debian's chromium-headless-shell for the browser stories …\n");
  const install = (name) =>
    spawnSync("apt-get", ["install", "-y", "-q", "--no-install-recommends", name], {
      stdio: "ignore",
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  spawnSync("apt-get", ["update", "-q"], { stdio: "ignore", timeout: 120_000 });
  install("chromium-headless-shell");
  if (!found()) install("chromium");
  return found();
}

/** Runs a part in its own session, so that processes its tests leave behind can be found and killed. */
function run(args, env = {}, output = "inherit") {
  return new Promise((resolve, reject) => {
    const child = spawn(node, args, {
      stdio: ["ignore", output, output],
      env: { ...process.env, ...env },
      detached: true,
    });
    const pass = (signal) => process.kill(-child.pid, signal);
    for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, pass);
    child.on("error", reject);
    child.on("close", async (code) => {
      for (const signal of ["SIGINT", "SIGTERM"]) process.off(signal, pass);
      await endLeftovers(child.pid);
      resolve(code ?? 1);
    });
  });
}

/**
 * Fails the run for each process that a test leaves behind. It fails also when only the test's clean-up ran out of
 * time. The process is killed by its pid.
 */
async function endLeftovers(session) {
  // Stopped processes may take a moment to exit.
  for (let round = 0; round < 100 && listProcesses(session).length > 0; round += 1) await sleep(100);
  for (const { pid, command } of listProcesses(session)) {
    process.stdout.write(`FAILED  a test left process ${pid} running: ${command}\n`);
    failures.push(`a test left process ${pid} running: ${command}`);
    tally.failed += 1;
    try {
      process.kill(pid, "SIGKILL");
    } catch {} // it ended meanwhile
  }
}

/** Living processes of a session. Elsewhere than on Linux they are not looked for. */
function listProcesses(session) {
  if (process.platform !== "linux") return [];
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // After the name, which may hold anything: state, parent, group, session.
        const [state, , , of] = readFileSync(`/proc/${name}/stat`, "utf8")
          .replace(/^.*\) /s, "")
          .split(" ");
        const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ").slice(0, 200);
        return Number(of) === session && state !== "Z" ? [{ pid: Number(name), command }] : [];
      } catch {
        return []; // it ended while we looked
      }
    });
}
