#!/usr/bin/env node
// The `cco` command. Plain JavaScript that any Node can read, so that an old one gets a sentence instead of a syntax error.
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { setFlagsFromString } from "node:v8";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: CCO needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// Prisma's query compiler is WebAssembly. Optimising it takes a second of processor time, also at the end of a command that used it
// for a moment; no command runs long enough to earn that back. The proxy and the console are separate processes.
setFlagsFromString("--liftoff-only");
// Claude Code asks for its status line after every answer: a bundle that loads at once. Help and flags are the other one's.
const isStatusLine = process.argv[2] === "statusline" && process.argv.length === 3;
const bundle = new URL(isStatusLine ? "../dist/statusline.mjs" : "../dist/cli.mjs", import.meta.url);
const root = fileURLToPath(new URL("..", import.meta.url));
const problem = isStatusLine ? missing() : await findBuildProblem();
// Claude Code would show what is printed: where it cannot work, the status line is empty.
const isSilent = process.argv[2] === "statusline" && !process.argv.includes("--help") && !process.argv.includes("-h");
if (problem !== null && isSilent) process.exit(0);
if (problem !== null) {
  process.stderr.write(
    `error: ${problem}.\nhint: run \`node scripts/setup.mjs start\` in ${root}; it prepares everything.\n`,
  );
  // A restart does not help: units end for good with this code.
  process.exit(69);
}
await import(bundle.href).catch((error) => {
  if (!isSilent) throw error;
});

function missing() {
  return existsSync(bundle) ? null : "CCO is not built yet";
}

/** A command looks at version and migrations, which it might apply; what serves for weeks at every source. */
async function findBuildProblem() {
  const { BUNDLES, CONSOLE, findMissingFile, isBuiltFromHere } = await import("./built-from.mjs");
  const isHelp = process.argv.includes("--help") || process.argv.includes("-h");
  const serves = (process.argv[2] === "run" || process.argv[2] === "console") && !isHelp;
  const old = "what is built here is not of these sources: they were replaced, and nothing was built since";
  if (!existsSync(bundle)) return missing();
  if (!isBuiltFromHere(root, "dist", serves ? BUNDLES : null)) return old;
  const gone = findMissingFile(root, "dist");
  if (gone !== null && !isHelp) return `the build is not complete: ${gone} is missing`;
  const next = process.env.CCO_NEXT_DIST || ".next";
  const hasConsole = serves && !process.argv.includes("--no-console") && existsSync(join(root, next, "BUILD_ID"));
  if (!hasConsole) return null;
  if (!isBuiltFromHere(root, next, CONSOLE)) return `the console: ${old}`;
  const goneOfConsole = findMissingFile(root, next);
  return goneOfConsole === null ? null : `the build of the console is not complete: ${goneOfConsole} is missing`;
}
