#!/usr/bin/env node
// The `cco` command. Plain JavaScript that any Node can read, so that an old one gets a sentence instead of a syntax error.
import { existsSync } from "node:fs";
import process from "node:process";
import { setFlagsFromString } from "node:v8";

const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  process.stderr.write(`error: CCO needs Node 20.19 or newer; this is ${process.versions.node}.\n`);
  process.exit(1);
}
// Prisma's query compiler is WebAssembly. Optimising it takes a second of processor time, also at the end of a command that used it
// for a moment; no command runs long enough to earn that back. The proxy and the console are processes of their own.
setFlagsFromString("--liftoff-only");
// Claude Code asks for its status line after every answer: a bundle that loads at once. Help and flags are the other one's.
const isStatusLine = process.argv[2] === "statusline" && process.argv.length === 3;
const bundle = new URL(isStatusLine ? "../dist/statusline.mjs" : "../dist/cli.mjs", import.meta.url);
if (!existsSync(bundle)) {
  process.stderr.write(
    "error: CCO is not built yet.\nhint: run `npm start` once in its folder; it prepares everything.\n",
  );
  process.exit(1);
}
await import(bundle.href);
