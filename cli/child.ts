import { type ChildProcess, spawn } from "node:child_process";
import process from "node:process";
import type { Env } from "./run-settings.ts";

export interface ChildPlan {
  name: string;
  /** Script and its arguments, run by the same Node. */
  command: string[];
  cwd: string;
  env: Env;
  /** Receives every line of standard output; without it the output is inherited. */
  onLine?: (line: string) => void;
  /** Ends only with the channel to the parent: Ctrl-C and service managers signal the whole group. */
  ignoresSignals?: boolean;
  /** A command with an end: the channel to the parent does not keep it alive. */
  endsWhenDone?: boolean;
}

const END_WITH_PARENT = 'process.on("disconnect",()=>process.kill(process.pid,"SIGTERM"))';
/**
 * Exits when the parent is killed without a chance to signal: the IPC channel closes. While it starts, the channel
 * alone may keep it alive.
 */
const endWithParent = toModule(END_WITH_PARENT);
const endWhenDone = toModule(`${END_WITH_PARENT};process.channel?.unref()`);
const endOnlyWithParent = toModule(
  'for(const signal of ["SIGTERM","SIGINT"])process.on(signal,()=>{});process.on("disconnect",()=>process.exit(0))',
);

function toModule(script: string): string {
  return `data:text/javascript,${encodeURIComponent(script)}`;
}

/**
 * Starts a Node process that ends with this one, unless the plan says otherwise. Its lines go to `onLine`, where that
 * is given.
 */
export function startChild({ command, cwd, env, onLine, ignoresSignals, endsWhenDone }: ChildPlan): ChildProcess {
  const ending = ignoresSignals ? endOnlyWithParent : endsWhenDone ? endWhenDone : endWithParent;
  const child: ChildProcess = spawn(process.execPath, ["--import", ending, ...command], {
    cwd,
    env: env as NodeJS.ProcessEnv,
    stdio: ["ignore", onLine ? "pipe" : "inherit", "inherit", "ipc"],
  });
  if (child.stdout && onLine) splitLines(child.stdout, onLine);
  return child;
}

function splitLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}

interface Exit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

export const waitForExit = (child: ChildProcess): Promise<Exit> =>
  new Promise((resolve) => {
    child.once("exit", (code, signal) => resolve({ code, signal }));
    child.once("error", () => resolve({ code: 1, signal: null }));
  });
