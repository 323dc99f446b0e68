import { existsSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { demand } from "./correctness.ts";
import { buildShape, type Cell, type Effort, measureLoad, type Subject, warmUp } from "./measure.ts";
import { interleaved, median } from "./rounds.ts";
import { type Cco, startCco, startUpstream, stopAll } from "./targets.ts";

const cells: readonly Cell[] = [1_000, 150_000].flatMap((bytes) =>
  [false, true].map((stream) => ({ bytes, stream, connections: 32 })),
);
/** One round and the next differ by a quarter on a shared machine: the median of many ratios does not. */
const ROUNDS_TIMES = 3;
/**
 * Seconds of load before a cell counts. After one second the larger of two builds is still being compiled: its first
 * rounds took 10 to 18 % more than its later ones, and a comparison of builds became one of their size.
 */
const WARM_UPS = 8;

/**
 * Prints the CPU time per request of this build beside that of other checkouts (`folders`, built with `node
 * scripts/setup.mjs dev`). All run at once and are measured in turns, so both sides of a ratio had the same weather: it
 * shows a loss of a few percent where two runs of the table differ by thirty.
 */
export async function compareWith(dir: string, folders: readonly string[], effort: Effort): Promise<void> {
  demand(folders.length > 0, "Name the folder of another checkout: npm run bench -- against ../cco-before");
  for (const folder of folders)
    demand(existsSync(join(folder, "dist/proxy.mjs")), `${folder} is not built: run node scripts/setup.mjs dev there.`);
  const all = [...folders, "."];
  await compare(
    dir,
    all.map((checkout) => ({ name: checkout === "." ? "this one" : checkout, checkout })),
    effort,
  );
}

/**
 * Prints what telemetry costs: this build without it, with all that is on by default, and with every request traced.
 * The collector takes everything and looks at nothing.
 */
export async function compareTelemetry(dir: string, effort: Effort): Promise<void> {
  const collector = createServer((request, response) => {
    request.resume();
    request.on("end", () => response.writeHead(200).end());
  });
  await new Promise<void>((resolve) => collector.listen(0, "127.0.0.1", resolve));
  const { port } = collector.address() as AddressInfo;
  const on = { OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${port}` };
  const variants = [
    { name: "off" },
    { name: "on", env: on },
    { name: "on, every request traced", env: { ...on, OTEL_TRACES_SAMPLER_ARG: "1" } },
  ];
  await compare(dir, variants, effort).finally(() => collector.closeAllConnections());
  collector.close();
}

interface Variant {
  name: string;
  checkout?: string;
  env?: Record<string, string>;
}

async function compare(dir: string, variants: readonly Variant[], effort: Effort): Promise<void> {
  const upstream = await startUpstream();
  const builds: Cco[] = [];
  try {
    for (const { checkout, env } of variants) builds.push(await startCco(dir, upstream.said, { checkout, env }));
    for (const project of ["bench", "adapted"])
      for (const cell of cells) {
        if (cell.bytes < 10_000 && project === "adapted") continue;
        const subjects = builds.map((target, at) => buildSubject(target, variants[at]?.name ?? "", project));
        for (let second = 0; second < WARM_UPS; second++)
          for (const subject of subjects) await warmUp(dir, subject, cell);
        const measured = await interleaved(subjects, effort.rounds * ROUNDS_TIMES, (subject) =>
          measureLoad(dir, subject, buildShape(subject, cell), effort.seconds),
        );
        console.log(`\n${cell.bytes / 1_000} kB, ${cell.stream ? "streamed" : "not streamed"}, ${project}`);
        const first = (measured.get(subjects[0] as Subject) ?? []).map(({ cpuUs }) => cpuUs ?? Number.NaN);
        for (const [subject, rounds] of measured)
          console.log(
            line(
              subject,
              rounds.map(({ cpuUs }) => cpuUs ?? Number.NaN),
              first,
            ),
          );
      }
  } finally {
    await stopAll([...builds, upstream]);
  }
}

const buildSubject = (target: Cco, name: string, project: string): Subject => ({
  name,
  target,
  project,
  promised: { kind: "overridden", served: "claude-haiku-5-5" },
});

/** The ratios are taken within each round. */
function line({ name }: Subject, rounds: readonly number[], first: readonly number[]): string {
  const ratio = median(rounds.map((us, round) => us / (first[round] ?? Number.NaN)));
  return `${median(rounds).toFixed(0).padStart(6)} µs  ${((ratio - 1) * 100).toFixed(1).padStart(6)} %  ${name}`;
}
