// Benchmarks of CCO: one command a line.
// npm run bench                       everything, about twelve minutes; writes docs/performance.md
// npm run bench -- table peers        only these parts (table, peers, memory, curves, pages)
// npm run bench -- quick              the table in one round, to see that all works; writes nothing
// npm run bench -- against FOLDER     CPU time per request beside the build of another checkout, e.g. of the release before
// npm run bench -- telemetry        CPU time per request without OpenTelemetry, with it, and with every request traced
// npm run bench -- profile [words]    where the CPU time goes (bench/profile.ts)
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compareTelemetry, compareWith } from "./against.ts";
import { demand } from "./correctness.ts";
import { curves } from "./curves.ts";
import { memory } from "./memory.ts";
import { pages } from "./pages.ts";
import { comparePeers } from "./peers.ts";
import { has } from "./processes.ts";
import { profile } from "./profile.ts";
import { type Findings, type Part, parts, writeFindings } from "./report.ts";
import { table } from "./table.ts";

const words = process.argv.slice(2);
const effort = { rounds: Number(process.env.BENCH_ROUNDS ?? 4), seconds: Number(process.env.BENCH_SECONDS ?? 1) };

const work: Record<Part, (dir: string) => Promise<Findings>> = {
  table: (dir) => table(dir, effort),
  memory,
  curves,
  // Slow ones finish few requests a second: their rounds are longer.
  peers: (dir) => comparePeers(dir, { rounds: Math.max(1, effort.rounds - 1), seconds: effort.seconds * 3 }),
  pages,
};

for (const [program, bringer] of [
  ["wrk", "wrk"],
  ["nginx", "nginx"],
  ["taskset", "util-linux"],
] as const)
  demand(has(program), `The bench needs ${program}: apt-get install ${bringer}`);

if (words[0] === "profile") await profile(words.slice(1));
else if (words[0] === "against") await inFolder((dir) => compareWith(dir, words.slice(1), effort));
else if (words[0] === "telemetry") await inFolder((dir) => compareTelemetry(dir, effort));
else if (words[0] === "quick") await inFolder((dir) => table(dir, { rounds: 1, seconds: 1 }));
else await run(chosenParts());

async function run(chosen: readonly Part[]): Promise<void> {
  for (const part of chosen) {
    console.log(`\n# ${part}\n`);
    const findings = await inFolder(work[part]);
    for (const { what, measured, reached } of findings.aims)
      console.log(`${reached ? "✓" : reached === null ? "?" : "✗"} ${what}: ${measured}`);
    writeFindings(part, findings);
  }
  console.log("\nWritten to docs/performance.md");
}

function chosenParts(): readonly Part[] {
  const unknown = words.filter((word) => !parts.some((part) => part === word));
  demand(
    unknown.length === 0,
    `There is no part ${unknown.join(", ")}: choose from ${parts.join(", ")}, quick, against, telemetry, profile.`,
  );
  return words.length === 0 ? parts : parts.filter((part) => words.includes(part));
}

async function inFolder<T>(action: (dir: string) => Promise<T>): Promise<T> {
  const dir = mkdtempSync(join(tmpdir(), "cco-bench-"));
  try {
    return await action(dir);
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}
