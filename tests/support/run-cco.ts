import { type ChildProcess, spawn } from "node:child_process";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { closeDatabaseFiles } from "./close-databases.ts";
import { endWithTest } from "./end-with-test.ts";
import { eventually } from "./scratch.ts";

export const root = fileURLToPath(new URL("../..", import.meta.url));

export interface RunningCco {
  child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves with what matched; fails with everything that was printed when it never comes. */
  line(pattern: RegExp): Promise<RegExpExecArray>;
  ended: Promise<number | null>;
  stop(): Promise<void>;
}

/** Starts the built product as people do. Only the variables named here reach it, so that a developer's shell changes nothing. */
export function runCco(args: string[], env: Record<string, string> = {}, input?: string): RunningCco {
  if (args[0] === "restore") closeDatabaseFiles();
  const { PATH = "", HOME = "" } = process.env;
  const child = spawn(process.execPath, [join(root, "bin/cco.mjs"), ...args], {
    cwd: root,
    env: { PATH, HOME, NO_COLOR: "1", NODE_ENV: "test", ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  endWithTest(child);
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (chunk) => {
    stdout += chunk;
  });
  child.stderr.on("data", (chunk) => {
    stderr += chunk;
  });
  child.stdin.end(input ?? "");
  const ended = new Promise<number | null>((resolve) => child.once("close", (code) => resolve(code)));
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    line: (pattern) =>
      eventually(() => {
        const found = pattern.exec(stdout);
        if (found === null) throw new Error(`no ${pattern} in\n${stdout}\n--- stderr\n${stderr}`);
        return found;
      }),
    ended,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
    },
  };
}

export async function finished(args: string[], env?: Record<string, string>, input?: string) {
  const run = runCco(args, env, input);
  const code = await run.ended;
  return { code, stdout: run.stdout(), stderr: run.stderr() };
}
