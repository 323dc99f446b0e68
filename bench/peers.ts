import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { requestedModel } from "./agent-request.ts";
import { proxyCore } from "./cores.ts";
import { proveCorrect } from "./correctness.ts";
import { type Cell, comparePaces, type Effort, measureCell, type Row, type Subject, warmUp } from "./measure.ts";
import { start } from "./processes.ts";
import type { Aim, Findings } from "./report.ts";
import { ccoSubjects, cellTitle } from "./table.ts";
import { directly, freePort, startCco, startUpstream, stopAll, type Target } from "./targets.ts";

const run = promisify(execFile);
const INSTALL_MS = 120_000;
const START_MS = 30_000;
const main: Cell = { bytes: 150_000, stream: true, connections: 32 };
const cells: readonly Cell[] = [main, { ...main, connections: 1 }];

/** Another gateway, as its own documentation says it is set up to pass Anthropic messages on. */
interface Peer {
  name: string;
  version: string;
  manifest: object;
  /** How many times its pace CCO is meant to have. */
  aim: number;
  /** The model it asks the provider for. */
  served: string;
  start(home: string, upstreamPort: string): Promise<Target>;
}

const peers: readonly Peer[] = [
  {
    name: "Portkey gateway",
    version: "1.15.2",
    // Newer releases of these two break its start.
    manifest: {
      dependencies: { "@portkey-ai/gateway": "1.15.2", hono: "4.9.7", "@hono/node-server": "1.13.5" },
      overrides: { hono: "4.9.7", "@hono/node-server": "1.13.5" },
    },
    aim: 10,
    served: requestedModel,
    start: startPortkey,
  },
  {
    name: "claude-code-router",
    version: "2.0.0",
    manifest: { dependencies: { "@musistudio/claude-code-router": "2.0.0" } },
    aim: 20,
    served: "claude-haiku-5-5",
    start: startRouter,
  },
];

/** Results of other gateways in CCO's place. An unavailable peer is named, and the rest still runs. */
export async function comparePeers(dir: string, { rounds, seconds }: Effort): Promise<Findings> {
  const upstream = await startUpstream();
  const upstreamUrl = directly(upstream.said).url;
  const cco = await startCco(dir, upstream.said);
  const running: { stop(): Promise<void> }[] = [cco];
  const subjects = ccoSubjects(cco);
  const notes: string[] = [];
  try {
    for (const peer of peers) {
      const found = await prepared(dir, peer, upstream.said);
      if ("missing" in found) {
        notes.push(`${peer.name} ${peer.version} could not be measured: ${found.missing}.`);
        continue;
      }
      running.push(found);
      const subject: Subject = {
        name: peer.name,
        target: found,
        project: "bench",
        promised: { kind: "rewritten", served: peer.served },
      };
      const changed = await proveCorrect(upstreamUrl, found, subject.promised, main);
      notes.push(`${peer.name} ${peer.version} ${describeChanges(changed)}.`);
      subjects.push(subject);
    }
    for (const subject of subjects.slice(0, 2))
      await proveCorrect(upstreamUrl, cco, subject.promised, { ...main, project: subject.project });
    for (const subject of subjects) await warmUp(dir, subject, main);
    const measured: { cell: Cell; rows: Row[] }[] = [];
    for (const cell of cells)
      measured.push({ cell, rows: await measureCell(dir, subjects, cell, { rounds, seconds }) });
    const heading = `Medians of ${rounds} rounds of ${seconds} s for each, in turns; every process has the same one core. CCO overrides, meters and books each request; the others only pass it on.`;
    const sections = measured.map(({ cell, rows }) => formatSection(cell, rows));
    for (const section of sections) console.log(`${section}\n`);
    const text = [heading, ...sections, ...notes].join("\n\n");
    return { text, aims: peers.map((peer) => buildAim(peer, measured[0]?.rows ?? [])) };
  } finally {
    await stopAll([...running, upstream]);
  }
}

async function prepared(dir: string, peer: Peer, upstreamPort: string): Promise<Target | { missing: string }> {
  const home = join(dir, peer.name.replaceAll(" ", "-"));
  mkdirSync(home);
  writeFileSync(join(home, "package.json"), JSON.stringify({ private: true, ...peer.manifest }));
  try {
    const args = ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline", "--loglevel=error"];
    await run("npm", args, { cwd: home, timeout: INSTALL_MS });
  } catch {
    return { missing: "npm could not install it" };
  }
  try {
    return await peer.start(home, upstreamPort);
  } catch (problem) {
    return { missing: `it did not start (${String(problem).split("\n")[0]})` };
  }
}

async function startPortkey(home: string, upstreamPort: string): Promise<Target> {
  const port = await freePort();
  const program = join(home, "node_modules/@portkey-ai/gateway/build/start-server.js");
  const loopbackOnly = join(import.meta.dirname, "loopback-only.mjs");
  const args = ["--import", loopbackOnly, program, `--port=${port}`, "--headless"];
  const running = await start(proxyCore, process.execPath, args, { HOME: home }, /Ready for connections/);
  return {
    name: "Portkey gateway",
    url: `http://127.0.0.1:${port}`,
    headers: {
      "x-portkey-provider": "anthropic",
      "x-portkey-custom-host": `http://127.0.0.1:${upstreamPort}/v1`,
      // It reorders the fields of the body, so the upstream is passed separately.
      "x-portkey-forward-headers": "x-bench-stream",
      "x-bench-stream": "1",
    },
    pid: running.pid,
    stop: running.stop,
  };
}

/** With the `Anthropic` transformer alone, requests and answers keep their form: the least it can do. */
async function startRouter(home: string, upstreamPort: string): Promise<Target> {
  const port = await freePort();
  const settings = {
    LOG: false,
    NON_INTERACTIVE_MODE: true,
    HOST: "127.0.0.1",
    PORT: port,
    APIKEY: "sk-bench",
    Providers: [
      {
        name: "bench",
        api_base_url: `http://127.0.0.1:${upstreamPort}/v1/messages`,
        api_key: "sk-bench",
        models: ["claude-haiku-5-5"],
        transformer: { use: ["Anthropic"] },
      },
    ],
    Router: { default: "bench,claude-haiku-5-5" },
  };
  mkdirSync(join(home, ".claude-code-router"));
  writeFileSync(join(home, ".claude-code-router/config.json"), JSON.stringify(settings));
  const program = join(home, "node_modules/@musistudio/claude-code-router/dist/cli.js");
  const running = await start(proxyCore, process.execPath, [program, "start"], { HOME: home }, null);
  const url = `http://127.0.0.1:${port}`;
  await listening(url);
  return { name: "claude-code-router", url, headers: {}, pid: running.pid, stop: running.stop };
}

async function listening(url: string): Promise<void> {
  const endAt = Date.now() + START_MS;
  for (;;) {
    const isThere = await fetch(url).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    if (Date.now() > endAt) throw new Error("nothing listens");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const describeChanges = (fields: readonly string[]): string =>
  fields.length === 0
    ? "hands on every field as it came"
    : `answers correctly, but ${fields.map((field) => `\`${field}\``).join(", ")} did not reach the provider as sent`;

function formatSection(cell: Cell, rows: readonly Row[]): string {
  const [cco] = rows;
  const lines = rows.map((row) => {
    const times = cco && row.subject.target !== cco.subject.target ? `${comparePaces(cco, row).toFixed(1)}×` : "–";
    const figures = [
      row.subject.name,
      row.requestsPerSecond.toFixed(0),
      times,
      row.perCpuSecond?.toFixed(0) ?? "–",
      `${row.p50Ms.toFixed(1)} / ${row.p99Ms.toFixed(1)}`,
      row.firstByte ? `${row.firstByte.p50.toFixed(1)} / ${row.firstByte.p99.toFixed(1)}` : "–",
      row.residentMb?.toFixed(0) ?? "–",
    ];
    return `| ${figures.join(" | ")} |`;
  });
  return [
    `#### ${cellTitle(cell)}`,
    "",
    "| | requests/s | CCO has | per CPU second | answer p50 / p99 ms | first byte p50 / p99 ms | resident MB |",
    "|---|--:|--:|--:|--:|--:|--:|",
    ...lines,
  ].join("\n");
}

function buildAim({ name, aim }: Peer, rows: readonly Row[]): Aim {
  const what = `at least ${aim}× the requests per second of ${name} (${cellTitle(main)})`;
  const [cco] = rows;
  const peer = rows.find(({ subject }) => subject.name === name);
  if (!cco || !peer) return { what, measured: "–", reached: null };
  const times = comparePaces(cco, peer);
  return { what, measured: `${times.toFixed(1)}×`, reached: times >= aim };
}
