import { type ChildProcess, spawn } from "node:child_process";
import { renameSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { buildSync } from "esbuild";
import { endWithTest } from "./end-with-test.ts";

export interface Child {
  process: ChildProcess;
  kill(signal: NodeJS.Signals): void;
  /** Everything it wrote to standard output, when it is over. */
  ended: Promise<{ code: number | null; output: string; errors: string }>;
}

const bundles = new Set<string>();

/**
 * Bundles a child program into one file, made once per test file. Node starts it in a third of the time that it takes
 * through tsx.
 */
function buildBundle(name: string): string {
  // Below the packages, which it reads from there.
  const outfile = fileURLToPath(new URL(`../../node_modules/.cco/children/${name}.mjs`, import.meta.url));
  if (bundles.has(name)) return outfile;
  const unfinished = outfile.replace(".mjs", `-${process.pid}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL(`../children/${name}.ts`, import.meta.url))],
    outfile: unfinished,
    bundle: true,
    packages: "external",
    platform: "node",
    format: "esm",
    logLevel: "error",
  });
  renameSync(unfinished, outfile); // another file may start the same one
  bundles.add(name);
  return outfile;
}

/** Another process, from `tests/children/<name>.ts`, with its input as one JSON argument. */
export function startChild(name: string, input: unknown): Child {
  const child = spawn(process.execPath, [buildBundle(name), JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  endWithTest(child);
  let output = "";
  let errors = "";
  child.stdout.on("data", (chunk) => {
    output += chunk;
  });
  child.stderr.on("data", (chunk) => {
    errors += chunk;
  });
  const ended = new Promise<{ code: number | null; output: string; errors: string }>((resolve) => {
    child.once("close", (code) => resolve({ code, output, errors }));
  });
  return { process: child, kill: (signal) => child.kill(signal), ended };
}

export async function runChild(name: string, input: unknown): Promise<string> {
  const { code, output, errors } = await startChild(name, input).ended;
  if (code !== 0) throw new Error(`${name} ended with ${code}: ${errors}`);
  return output;
}
