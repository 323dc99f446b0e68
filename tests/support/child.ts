import { type ChildProcess, spawn } from "node:child_process";
import { fileURLToPath } from "node:url";

export interface Child {
  process: ChildProcess;
  kill(signal: NodeJS.Signals): void;
  /** Everything it wrote to standard output, when it is over. */
  ended: Promise<{ code: number | null; output: string; errors: string }>;
}

/** Another process, from `tests/children/<name>.ts`, with its input as one JSON argument. */
export function startChild(name: string, input: unknown): Child {
  const script = fileURLToPath(new URL(`../children/${name}.ts`, import.meta.url));
  const child = spawn(process.execPath, ["--import", "tsx", script, JSON.stringify(input)], {
    stdio: ["ignore", "pipe", "pipe"],
  });
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
