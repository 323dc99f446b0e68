import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { agentRequest } from "./agent-request.ts";
import { demand, proveCorrect } from "./correctness.ts";
import { type Load, load } from "./load.ts";
import { cpuSeconds, has, residentMegabytes } from "./processes.ts";
import { startBareProxy, startCco, startNginx, startUpstream, type Target } from "./targets.ts";

interface Row extends Load {
  target: string;
  perCore: number | null;
  residentMb: number | null;
}

const seconds = Number(process.env.BENCH_SECONDS ?? 6);
const shapes = [1_000, 150_000].flatMap((bytes) =>
  [false, true].flatMap((stream) => [1, 32].map((connections) => ({ bytes, stream, connections }))),
);

for (const program of ["wrk", "nginx", "taskset"])
  demand(
    has(program),
    `The bench needs ${program} (Debian: apt-get install ${program === "taskset" ? "util-linux" : program}).`,
  );
const dir = mkdtempSync(join(tmpdir(), "cco-bench-"));
const upstream = await startUpstream();
const targets: Target[] = [
  { name: "direct", url: `http://127.0.0.1:${upstream.said}`, pid: null, stop: upstream.stop },
  await startNginx(dir, upstream.said, 18_080),
  await startBareProxy(upstream.said),
  await startCco(dir, upstream.said),
];

try {
  for (const target of targets) await proveCorrect(target);
  console.log("Correct: every target answers whole; CCO overrides, restores the model and counts.\n");
  const sections: string[] = [];
  for (const shape of shapes) {
    const rows: Row[] = [];
    for (const target of targets) rows.push(await measure(target, shape));
    const section = tableOf(shape, rows);
    console.log(section);
    sections.push(section);
  }
  writeReport(sections);
} finally {
  for (const target of targets.reverse()) await target.stop();
  rmSync(dir, { recursive: true, force: true });
}

async function measure(target: Target, shape: (typeof shapes)[number]): Promise<Row> {
  const { bytes, stream, connections } = shape;
  const sent = { name: `${bytes}-${stream}`, request: agentRequest({ bytes, stream }), connections };
  await load(dir, target.url, sent, 1);
  const before = target.pid === null ? 0 : cpuSeconds(target.pid);
  const result = await load(dir, target.url, sent, seconds);
  demand(result.failures === 0, `${target.name}: ${result.failures} of ${result.requests} requests failed`);
  if (target.pid === null) return { ...result, target: target.name, perCore: null, residentMb: null };
  const used = cpuSeconds(target.pid) - before;
  return {
    ...result,
    target: target.name,
    perCore: result.requests / Math.max(used, 0.01),
    residentMb: residentMegabytes(target.pid),
  };
}

function tableOf(shape: (typeof shapes)[number], rows: readonly Row[]): string {
  const nginx = rows.find((row) => row.target === "nginx")?.requestsPerSecond ?? 1;
  const direct = rows.find((row) => row.target === "direct");
  const lines = rows.map((row) => {
    const added =
      direct && row !== direct
        ? `${(row.p50Ms - direct.p50Ms).toFixed(2)} / ${(row.p99Ms - direct.p99Ms).toFixed(2)}`
        : "–";
    const cells = [
      row.target,
      row.requestsPerSecond.toFixed(0),
      `${(row.requestsPerSecond / nginx).toFixed(2)}×`,
      `${row.p50Ms.toFixed(2)} / ${row.p99Ms.toFixed(2)}`,
      added,
      row.perCore?.toFixed(0) ?? "–",
      row.residentMb?.toFixed(0) ?? "–",
    ];
    return `| ${cells.join(" | ")} |`;
  });
  return [
    `### ${shape.bytes / 1000} kB, ${shape.stream ? "streamed" : "not streamed"}, ${shape.connections} connection${shape.connections > 1 ? "s" : ""}`,
    "",
    "| | requests/s | of nginx | p50 / p99 ms | added p50 / p99 ms | requests per CPU second | resident MB |",
    "|---|--:|--:|--:|--:|--:|--:|",
    ...lines,
    "",
  ].join("\n");
}

/** Replaces the measured part of docs/performance.md; the words around it stay. */
function writeReport(sections: readonly string[]): void {
  const path = "docs/performance.md";
  const [start, end] = ["<!-- bench:start -->", "<!-- bench:end -->"];
  const text = readFileSync(path, "utf8");
  const machine = `Measured ${new Date().toISOString().slice(0, 10)} on ${cpus().length} × ${cpus()[0]?.model.trim() ?? "CPU"}, Node ${process.versions.node}, ${seconds} s a cell.`;
  const body = `${start}\n${machine}\n\n${sections.join("\n")}${end}`;
  writeFileSync(path, text.slice(0, text.indexOf(start)) + body + text.slice(text.indexOf(end) + end.length));
  console.log(`Written to ${path}`);
}
