import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";

export interface Running {
  pid: number;
  /** First capture group of the line it was awaited by. */
  said: string;
  /** The end of what it printed so far. */
  printed(): string;
  stop: () => Promise<void>;
}

const ticksPerSecond = 100;

/** Kills every started process when the bench ends, for any reason. */
const started = new Set<ChildProcess>();
process.on("exit", () => {
  for (const child of started) child.kill();
});
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(1));

/** Starts a program on one core and waits for a line of its output. */
export function start(
  core: number,
  command: string,
  args: string[],
  env: Record<string, string>,
  ready: RegExp | null,
): Promise<Running> {
  const child = spawn("taskset", ["-c", String(core), command, ...args], {
    env: { NODE_ENV: "production", PATH: process.env.PATH, HOME: process.env.HOME, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  started.add(child);
  child.once("close", () => started.delete(child));
  return new Promise((resolve, reject) => {
    let text = "";
    const done = (said: string) => resolve({ pid: child.pid ?? 0, said, printed: () => text, stop: () => stop(child) });
    const collect = (chunk: Buffer) => {
      text = (text + chunk).slice(-20_000);
      const match = ready?.exec(text);
      if (match) done(match[1] ?? "");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code}:\n${text}`)));
    if (!ready) setTimeout(() => done(""), 500);
  });
}

async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null) return;
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  child.removeAllListeners("exit");
  child.kill("SIGTERM");
  const limit = setTimeout(() => child.kill("SIGKILL"), 8_000);
  await Promise.race([ended, new Promise<void>((resolve) => child.once("close", () => resolve()))]);
  clearTimeout(limit);
}

/** Waits until a process is idle, so that it does not disturb what is measured next. It waits for seconds at most. */
export async function idle(pid: number, atMostSeconds = 10): Promise<void> {
  const endAt = Date.now() + atMostSeconds * 1000;
  let before = cpuSeconds(pid);
  while (Date.now() < endAt) {
    await new Promise((resolve) => setTimeout(resolve, IDLE_LOOK_MS));
    const now = cpuSeconds(pid);
    if ((now - before) * 1000 < IDLE_LOOK_MS * IDLE_SHARE) return;
    before = now;
  }
}

const IDLE_LOOK_MS = 100;
const IDLE_SHARE = 0.05;

/** CPU seconds a process has used, its threads included. */
export function cpuSeconds(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`);
  return threads.reduce((sum, thread) => sum + threadCpuSeconds(pid, Number(thread)), 0);
}

/** To the nanosecond where the kernel keeps such an account, else in its ticks. Nothing for a thread that has ended. */
export function threadCpuSeconds(pid: number, thread: number): number {
  const home = `/proc/${pid}/task/${thread}`;
  try {
    if (existsSync(`${home}/schedstat`)) return Number(readFileSync(`${home}/schedstat`, "utf8").split(" ")[0]) / 1e9;
    const fields = readFileSync(`${home}/stat`, "utf8").split(") ")[1]?.split(" ") ?? [];
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond;
  } catch {
    return 0;
  }
}

export function residentMegabytes(pid: number): number {
  const match = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  return Number(match?.[1] ?? 0) / 1024;
}

/** nginx forks a worker; the costs are the worker's. */
export const findChild = (pid: number): number => {
  try {
    return Number(execFileSync("pgrep", ["-P", String(pid)], { encoding: "utf8" }).split("\n")[0]) || pid;
  } catch {
    return pid;
  }
};

export function has(program: string): boolean {
  try {
    execFileSync("which", [program], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** Begins to watch how much memory the process has at most. */
export function watchPeak(pid: number): () => number {
  writeFileSync(`/proc/${pid}/clear_refs`, "5");
  return () => Number(/^VmHWM:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
}
