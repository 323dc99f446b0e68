import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { runCommand } from "../../cli/run-command.ts";
import { root } from "./run-cco.ts";

export interface Said {
  code: number | null;
  stdout: string;
  stderr: string;
}

/** One command at a time: a process has one set of variables and one standard output. */
let last: Promise<unknown> = Promise.resolve();

/**
 * Runs `finished` in the process of the test: the same command, with exactly these variables. It is for tests that
 * judge what the command says, its code and what it leaves. A process takes 0.3 to 0.7 s of processor time for loading
 * the same files and compiling the same WebAssembly. Tests of the built command, of signals and of kills start a
 * process (run-cco.ts).
 */
export function ccoHere(args: readonly string[], env: Record<string, string> = {}, input = ""): Promise<Said> {
  const next = last.then(() => runHere(args, env, input));
  last = next.catch(() => {});
  return next;
}

async function runHere(args: readonly string[], env: Record<string, string>, input: string): Promise<Said> {
  const { PATH = "", HOME = "" } = process.env;
  const stdout: string[] = [];
  const stderr: string[] = [];
  const undo = [
    replaceVariables({ PATH, HOME, NO_COLOR: "1", NODE_ENV: "test", ...env }),
    replace(process, "argv", [process.execPath, join(root, "bin/cco.mjs"), ...args]),
    replace(process, "stdin", Readable.from(input === "" ? [] : [Buffer.from(input)])),
    replace(process.stdout, "write", writeTo(stdout)),
    replace(process.stderr, "write", writeTo(stderr)),
  ];
  try {
    const code = await runCommand(args);
    return { code, stdout: stdout.join(""), stderr: stderr.join("") };
  } finally {
    for (const one of undo.reverse()) one();
  }
}

type Undo = () => void;

function replaceVariables(wanted: Record<string, string>): Undo {
  const before = { ...process.env };
  const set = (to: Record<string, string | undefined>) => {
    for (const name of Object.keys(process.env)) if (!(name in to)) delete process.env[name];
    Object.assign(process.env, to);
  };
  set(wanted);
  return () => set(before);
}

function replace<T extends object, K extends keyof T>(on: T, name: K, value: unknown): Undo {
  const before = Object.getOwnPropertyDescriptor(on, name);
  Object.defineProperty(on, name, { value, configurable: true, writable: true, enumerable: true });
  return () => {
    if (before === undefined) Reflect.deleteProperty(on, name);
    else Object.defineProperty(on, name, before);
  };
}

/** A stream's `write`, with the callback where there is one: as the second or as the third argument. */
function writeTo(parts: string[]) {
  return (piece: string | Uint8Array, ...more: unknown[]): boolean => {
    parts.push(typeof piece === "string" ? piece : Buffer.from(piece).toString());
    for (const one of more) if (typeof one === "function") queueMicrotask(() => one());
    return true;
  };
}
