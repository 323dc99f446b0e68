// Where the proxy's CPU time goes while it carries 150 kB agent requests on 32 connections, streamed.
// Usage: node --import tsx bench/profile.ts [adapted] [plain] [seconds=8] [connections=32] [bytes=150000] [rows=30] [in=FOLDER]
// `in` is another checkout, built with `node scripts/setup.mjs dev`: two builds are compared function by function.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { SourceMap } from "node:module";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { agentRequest } from "./agent-request.ts";
import { type Inspector, inspect, type Thread } from "./inspector.ts";
import { type LoadShape, load } from "./load.ts";
import { cpuSeconds, residentMegabytes, threadCpuSeconds } from "./processes.ts";
import { type Cco, startCco, startUpstream } from "./targets.ts";

interface ProfileNode {
  id: number;
  callFrame: { functionName: string; url: string; lineNumber: number; columnNumber: number };
  children?: readonly number[];
}

interface Profile {
  nodes: ProfileNode[];
  samples: number[];
  timeDeltas: number[];
}

const SAMPLE_EVERY_US = 500;
/** Prints requests per CPU second, each thread's share, and the functions with the most self time. */
export async function profile(words: readonly string[]): Promise<void> {
  const number = (name: string, fallback: number) =>
    Number(words.find((word) => word.startsWith(`${name}=`))?.split("=")[1] ?? fallback);
  const seconds = number("seconds", 8);
  const rows = number("rows", 30);
  const checkout = words.find((word) => word.startsWith("in="))?.slice("in=".length) ?? ".";
  const request = agentRequest({
    bytes: number("bytes", 150_000),
    stream: !words.includes("plain"),
    project: words.includes("adapted") ? "adapted" : "bench",
  });
  const shape = { name: "profile", request, connections: number("connections", 32) };
  const dir = mkdtempSync(join(tmpdir(), "cco-profile-"));
  const upstream = await startUpstream();
  const cco = await startCco(dir, upstream.said, { inspected: true, checkout });
  const inspector = await inspect(cco.inspectorUrl ?? "");
  try {
    await profileUnder(dir, cco, inspector, { shape, seconds, rows });
  } finally {
    inspector.close();
    await cco.stop();
    await upstream.stop();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function profileUnder(
  dir: string,
  cco: Cco,
  inspector: Inspector,
  { shape, seconds, rows }: { shape: LoadShape; seconds: number; rows: number },
): Promise<void> {
  const workers = await inspector.workers();
  const threads = [{ name: "main", thread: inspector as Thread }].concat(
    workers.map((thread, index) => ({ name: index === 0 ? "ledger" : `worker ${index + 1}`, thread })),
  );
  await load(dir, cco.url, shape, 3);
  // Two runs: sampling costs time, so the figures come from the first and the functions from the second.
  const ids = await Promise.all(threads.map(({ thread }) => readThreadId(thread)));
  const before = { all: cpuSeconds(cco.pid), each: ids.map((id) => threadCpuSeconds(cco.pid, id)) };
  const run = await load(dir, cco.url, shape, seconds);
  const used = cpuSeconds(cco.pid) - before.all;
  const each = ids.map((id, index) => threadCpuSeconds(cco.pid, id) - (before.each[index] ?? 0));
  console.log(`${run.requestsPerSecond.toFixed(0)} requests/s, p50 ${run.p50Ms} ms, p99 ${run.p99Ms} ms`);
  console.log(
    `${(run.requests / used).toFixed(0)} requests per CPU second, ${((used / run.requests) * 1e6).toFixed(0)} µs each; ${residentMegabytes(cco.pid).toFixed(0)} MB resident; ${run.failures} failures\n`,
  );
  const rest = used - each.reduce((sum, share) => sum + share, 0);
  for (const [name, share] of [
    ...threads.map(({ name }, index) => [name, each[index] ?? 0] as const),
    ["others (garbage collection, compiler, file writes)", rest] as const,
  ])
    console.log(
      `${((share / used) * 100).toFixed(1).padStart(5)} %  ${((share / run.requests) * 1e6).toFixed(0).padStart(4)} µs a request  ${name}`,
    );
  for (const { thread } of threads) {
    await thread.call("Profiler.enable");
    await thread.call("Profiler.setSamplingInterval", { interval: SAMPLE_EVERY_US });
    await thread.call("Profiler.start");
  }
  const { requests } = await load(dir, cco.url, shape, seconds);
  for (const { name, thread } of threads)
    printTop(name, (await thread.call("Profiler.stop")).profile as unknown as Profile, { requests, rows });
}

/** A thread knows its own number: the link is read on the thread that asks. */
async function readThreadId(thread: Thread): Promise<number> {
  const link = await thread.evaluate<string>(`process.getBuiltinModule("node:fs").readlinkSync("/proc/thread-self")`);
  return Number(basename(link));
}

function printTop(
  name: string,
  { nodes, samples, timeDeltas }: Profile,
  { requests, rows }: { requests: number; rows: number },
): void {
  const places = new Map(nodes.map((node) => [node.id, formatPlace(node)]));
  const spent = new Map<number, number>();
  samples.forEach((id, index) => {
    if (places.get(id) !== "(idle)") spent.set(id, (spent.get(id) ?? 0) + (timeDeltas[index] ?? 0));
  });
  const own = new Map<string, number>();
  for (const [id, us] of spent) add(own, places.get(id), us);
  const withCalls = timesWithCalls(nodes, places, spent);
  for (const [title, times] of [
    ["functions by self time (idle left out)", own],
    ["functions with all they call", withCalls],
  ] as const) {
    console.log(`\n${name}: ${title}`);
    for (const [place, us] of [...times].sort((a, b) => b[1] - a[1]).slice(0, rows))
      console.log(`${(us / requests).toFixed(2).padStart(7)} µs  ${place}`);
  }
}

/** A function that calls itself, also through others, is counted once on each path. */
function timesWithCalls(
  nodes: readonly ProfileNode[],
  places: ReadonlyMap<number, string>,
  spent: ReadonlyMap<number, number>,
): Map<string, number> {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  const times = new Map<string, number>();
  const walk = (node: ProfileNode, above: ReadonlySet<string>): number => {
    const place = places.get(node.id) ?? "?";
    const path = new Set([...above, place]);
    let us = spent.get(node.id) ?? 0;
    for (const id of node.children ?? []) {
      const child = byId.get(id);
      if (child) us += walk(child, path);
    }
    if (!above.has(place)) add(times, place, us);
    return us;
  };
  if (nodes[0]) walk(nodes[0], new Set());
  return times;
}

const add = (times: Map<string, number>, place: string | undefined, us: number): void => {
  times.set(place ?? "?", (times.get(place ?? "?") ?? 0) + us);
};

const maps = new Map<string, SourceMap | null>();

/** Function, file and line, in our own sources where a source map leads back to them. */
function formatPlace({ callFrame }: ProfileNode): string {
  const { url, lineNumber, columnNumber } = callFrame;
  const name = callFrame.functionName || "(anonymous)";
  if (url === "") return name;
  const entry = readMap(url)?.findEntry(lineNumber, columnNumber);
  if (entry && "originalSource" in entry)
    return `${name}  ${entry.originalSource.replace(/^(\.\.\/)+/, "")}:${entry.originalLine + 1}`;
  return `${name}  ${url.replace(/^.*node_modules\//, "")}:${lineNumber + 1}`;
}

function readMap(url: string): SourceMap | null {
  if (!/\/dist\/[\w-]+\.mjs$/.test(url)) return null;
  let map = maps.get(url);
  if (map === undefined) {
    map = new SourceMap(JSON.parse(readFileSync(`${new URL(url).pathname}.map`, "utf8")));
    maps.set(url, map);
  }
  return map;
}

if (process.argv[1] === import.meta.filename) await profile(process.argv.slice(2));
