import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { agentRequest, requestedModel } from "./agent-request.ts";
import { loadCore } from "./cores.ts";
import { demand } from "./correctness.ts";
import { type Inspector, inspect } from "./inspector.ts";
import { load, wireForm } from "./load.ts";
import { cpuSeconds, idle, residentMegabytes, start, watchPeak } from "./processes.ts";
import type { Aim, Findings } from "./report.ts";
import { slope } from "./rounds.ts";
import { type Cco, startCco, startUpstream, stopAll } from "./targets.ts";

const STREAMS = 1_000;
const STREAM_BYTES = 150_000;
const STREAMS_HELD_MS = 8_000;
const RESIDENT_MB = 256;

const REQUESTS = 200_000;
const GROWTH_SECONDS_MAX = 170;
/** Pools, compiled code and statistics find their size meanwhile. */
const WARM_SHARE = 0.25;
const BYTES_A_REQUEST = 8;

const NAMES = 100_000;
const USUAL_NAMES = 10;
const NAMES_MB = 20;

const UPLOADS = 10;
const UPLOAD_BYTES = 30_000_000;
const UPLOAD_WAVES = 3;
const DELAY_MS = 20;

interface Finding {
  text: string;
  aim: Aim;
}

/** Memory that the proxy retains, and delays that large bodies cause. Each question runs its own proxy. */
export async function memory(dir: string): Promise<Findings> {
  const upstream = await startUpstream();
  const found: Finding[] = [];
  try {
    for (const question of [heldStreams, growth, inventedNames, uploads]) {
      const cco = await startCco(dir, upstream.said, { inspected: question !== heldStreams });
      try {
        const finding = await question(dir, cco);
        console.log(`${finding.text}\n`);
        found.push(finding);
      } finally {
        await cco.stop();
      }
    }
  } finally {
    await stopAll([upstream]);
  }
  return { text: found.map(({ text }) => text).join("\n\n"), aims: found.map(({ aim }) => aim) };
}

/** Many agents at work at once: each has sent its whole conversation and reads a slow answer. */
async function heldStreams(dir: string, cco: Cco): Promise<Finding> {
  const request = agentRequest({ bytes: STREAM_BYTES, stream: true });
  const file = join(dir, "held.request");
  const headers = { ...request.headers, "x-bench-trickle": "1000" };
  writeFileSync(file, wireForm({ ...request, headers }, new URL(cco.url).host));
  const before = residentMegabytes(cco.pid);
  const args = ["bench/hold-streams.mjs", cco.url, file, String(STREAMS)];
  const client = await start(loadCore, process.execPath, args, {}, /HOLDING (\d+)/);
  const looks: number[] = [];
  const cpuBefore = cpuSeconds(cco.pid);
  const startedAt = Date.now();
  while (Date.now() < startedAt + STREAMS_HELD_MS) {
    looks.push(residentMegabytes(cco.pid));
    await new Promise((resolve) => setTimeout(resolve, 250));
  }
  const cpuShare = (cpuSeconds(cco.pid) - cpuBefore) / ((Date.now() - startedAt) / 1000);
  demand(!client.printed().includes("LOST"), `a held stream was lost: ${client.printed().slice(-300)}`);
  await client.stop();
  const most = Math.max(...looks);
  return {
    text: `**${STREAMS.toLocaleString("en")} streams held open**, each begun with a ${STREAM_BYTES / 1000} kB request and saying a word a second: ${most.toFixed(0)} MB resident (${before.toFixed(0)} MB before, ${(((most - before) * 1024) / STREAMS).toFixed(0)} kB a stream), ${(cpuShare * 100).toFixed(0)} % of a core, none lost.`,
    aim: {
      what: `${STREAMS.toLocaleString("en")} streams held open in at most ${RESIDENT_MB} MB`,
      measured: `${most.toFixed(0)} MB`,
      reached: most <= RESIDENT_MB,
    },
  };
}

/** Resident memory says little of a garbage-collected process: what counts is what lives after a collection. */
async function growth(dir: string, cco: Cco): Promise<Finding> {
  const inspector = await inspect(cco.inspectorUrl ?? "");
  const threads = [inspector, ...(await inspector.workers())];
  const shape = {
    name: "growth",
    request: agentRequest({ bytes: 1_000, stream: true, session: "SESSION" }),
    connections: 32,
    varied: { mark: "SESSION", prefix: "growth-", count: 1_000 },
  };
  const samples: { requests: number; bytes: number }[] = [];
  const endAt = Date.now() + GROWTH_SECONDS_MAX * 1000;
  let requests = 0;
  while (requests < REQUESTS && Date.now() < endAt) {
    const result = await load(dir, cco.url, shape, 5);
    demand(result.failures === 0, `${result.failures} requests failed`);
    requests += result.requests;
    await idle(cco.pid);
    let bytes = 0;
    for (const thread of threads) {
      await thread.call("HeapProfiler.collectGarbage");
      bytes += await thread.evaluate<number>(
        "(({ heapUsed, external }) => heapUsed + external)(process.memoryUsage())",
      );
    }
    samples.push({ requests, bytes });
  }
  inspector.close();
  const warm = samples.filter((sample) => sample.requests >= requests * WARM_SHARE);
  const perRequest = slope(warm.map((sample) => [sample.requests, sample.bytes]));
  const [first, last] = [warm[0], warm.at(-1)].map((sample) => ((sample?.bytes ?? 0) / 2 ** 20).toFixed(1));
  return {
    text: `**${requests.toLocaleString("en")} requests** of 1,000 sessions: the live heap and what hangs on it (both threads, after a collection) went from ${first} to ${last} MB, ${perRequest.toFixed(1)} bytes a request after the first quarter; ${residentMegabytes(cco.pid).toFixed(0)} MB resident at the end.`,
    aim: {
      what: `live memory grows by at most ${BYTES_A_REQUEST} bytes a request over ${REQUESTS.toLocaleString("en")} requests`,
      measured: `${perRequest.toFixed(1)} B over ${requests.toLocaleString("en")}`,
      reached: perRequest > BYTES_A_REQUEST ? false : requests >= REQUESTS ? true : null,
    },
  };
}

/** Caller that names another model and client with each request, which would fill an unbounded cache. */
async function inventedNames(dir: string, cco: Cco): Promise<Finding> {
  const inspector = await inspect(cco.inspectorUrl ?? "");
  const threads = [inspector, ...(await inspector.workers())];
  const usual = agentRequest({ bytes: 1_000, stream: true });
  const asking = (names: number) => ({
    name: `names-${names}`,
    request: {
      ...usual,
      body: usual.body.replace(requestedModel, "NAME"),
      headers: { ...usual.headers, "user-agent": "NAME/1.0" },
    },
    connections: 32,
    varied: { mark: "NAME", prefix: `invented-${names}-`, count: names },
  });
  /** MB resident after the same number of requests, for this number of names. */
  const afterAsking = async (names: number): Promise<number> => {
    let requests = 0;
    while (requests < NAMES) {
      const result = await load(dir, cco.url, asking(names), 5, requests);
      demand(result.failures === 0, `${result.failures} requests failed`);
      requests += result.requests;
    }
    await idle(cco.pid, 60);
    for (const thread of threads) await thread.call("HeapProfiler.collectGarbage");
    return residentMegabytes(cco.pid);
  };
  // Bounded caches, such as the database's, are full by then.
  const before = await afterAsking(USUAL_NAMES);
  const after = await afterAsking(NAMES);
  inspector.close();
  const lines = (await (await fetch(`${cco.url}/metrics`)).text()).split("\n").length;
  return {
    text: `**${NAMES.toLocaleString("en")} requests, each for a model and from an unknown client**: ${(after - before).toFixed(0)} MB more resident than before (${after.toFixed(0)} MB), and ${lines} lines of metrics.`,
    aim: {
      what: `${NAMES.toLocaleString("en")} invented names take at most ${NAMES_MB} MB`,
      measured: `${(after - before).toFixed(0)} MB`,
      reached: after - before <= NAMES_MB,
    },
  };
}

/** The largest bodies there are, many at once: everybody else's requests wait as long as the event loop is held. */
async function uploads(dir: string, cco: Cco): Promise<Finding> {
  const inspector = await inspect(cco.inspectorUrl ?? "");
  const file = join(dir, "upload.request");
  writeFileSync(file, wireForm(agentRequest({ bytes: UPLOAD_BYTES, stream: true }), new URL(cco.url).host));
  const wave = (count = UPLOADS, ...manner: string[]) =>
    start(loadCore, process.execPath, ["bench/upload.mjs", cco.url, file, String(count), ...manner], {}, uploaded);
  await wave();
  await watchDelay(inspector);
  let refused = 0;
  for (let count = 0; count < UPLOAD_WAVES; count++) refused += JSON.parse((await wave()).said).refused;
  const { p50, p99, max } = await readDelay(inspector);
  inspector.close();
  const peak = watchPeak(cco.pid);
  await wave(FLOOD, "once");
  return {
    text: `**${UPLOADS} × ${UPLOAD_BYTES / 1e6} MB uploaded concurrently**, ${UPLOAD_WAVES} times: the event loop was late by ${p50.toFixed(1)} ms (p50), ${p99.toFixed(1)} ms (p99), ${max.toFixed(0)} ms (most). All arrived; ${refused} times an upload was refused with a retry time because the body budget was exhausted. With ${FLOOD} of them at once, most of which are refused: ${peak().toFixed(0)} MB resident at most.`,
    aim: {
      what: `event loop late by less than ${DELAY_MS} ms (p99) while ${UPLOADS} × ${UPLOAD_BYTES / 1e6} MB upload`,
      measured: `${p99.toFixed(1)} ms`,
      reached: p99 < DELAY_MS,
    },
  };
}

/** More than there is room for many times over. */
const FLOOD = 50;
const uploaded = /UPLOADED (\{.*\})/;
/** Node's own histogram of how late its timers are; its resolution is part of each value. */
const RESOLUTION_MS = 1;

const watchDelay = (inspector: Inspector): Promise<boolean> =>
  inspector.evaluate(
    `globalThis.benchDelay = process.getBuiltinModule("node:perf_hooks").monitorEventLoopDelay({ resolution: ${RESOLUTION_MS} }); benchDelay.enable()`,
  );

async function readDelay(inspector: Inspector): Promise<{ p50: number; p99: number; max: number }> {
  const [p50 = 0, p99 = 0, max = 0] = await inspector.evaluate<number[]>(
    "[benchDelay.percentile(50), benchDelay.percentile(99), benchDelay.max]",
  );
  const lateMs = (nanoseconds: number) => Math.max(0, nanoseconds / 1e6 - RESOLUTION_MS);
  return { p50: lateMs(p50), p99: lateMs(p99), max: lateMs(max) };
}
