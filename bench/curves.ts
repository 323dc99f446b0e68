import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { openDatabase } from "#store/client.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { agentRequest, requestedModel } from "./agent-request.ts";
import { demand } from "./correctness.ts";
import { flatAim, linearAim } from "./curve-aims.ts";
import { type Curve, curvesSvg } from "./curve-svg.ts";
import { DIGITS, type LoadShape, load } from "./load.ts";
import { cpuSeconds, idle } from "./processes.ts";
import type { Aim, Findings } from "./report.ts";
import { computeMedian, interleaved } from "./rounds.ts";
import { drainSpool, writeSpool } from "./stored-events.ts";
import { type ProcessTarget, startCco, startNginx, startUpstream, stopAll } from "./targets.ts";

const IMAGE = "docs/images/cost-curves.svg";
const CONNECTIONS = 16;
const ROUNDS = 5;
const SECONDS = 1;
/** What the first use of a hundred thousand sessions leaves to be written takes its time. */
const WRITTEN_WITHIN_SECONDS = 120;
const SMALL_BODY = 10_000;

/** One place on a curve: a proxy, and what is sent to it. */
interface Point {
  x: number;
  target: ProcessTarget;
  shape: LoadShape;
  /** Where what varies goes on counting. */
  sent: number;
}

interface Question {
  title: string;
  /** What grows, for the axis. */
  unit: string;
  isFlat: boolean;
  points(dir: string, upstream: string): Promise<Point[]>;
}

const questions: readonly Question[] = [
  { title: "Size of the body", unit: "kB", isFlat: false, points: bodySizes },
  { title: "Rules", unit: "rules", isFlat: true, points: ruleCounts },
  { title: "Proxy keys, 100 in use", unit: "keys", isFlat: true, points: keyCounts },
  { title: "Sessions in use", unit: "sessions", isFlat: true, points: sessionCounts },
  { title: "Events in the database", unit: "events", isFlat: true, points: eventCounts },
];

/** What a request costs in CPU time, events written included, against each thing that grows with a team. */
export async function curves(dir: string): Promise<Findings> {
  const upstream = await startUpstream();
  const drawn: Curve[] = [];
  const aims: Aim[] = [];
  try {
    for (const { title, unit, isFlat, points } of questions) {
      const all = await points(dir, upstream.said);
      for (const point of all) await warmUp(dir, point);
      const measured = await interleaved(all, ROUNDS, (point) => cpuUs(dir, point));
      await stopAll([...new Set(all.map(({ target }) => target))]);
      const listPlaces = (name: string) =>
        [...measured]
          .filter(([{ target }]) => target.name === name)
          .map(([{ x }, us]) => ({ x, us: computeMedian(us, Number) }));
      const beside = listPlaces("nginx");
      const curve: Curve = { title, unit, points: listPlaces("CCO"), beside: beside.length === 0 ? null : beside };
      console.log(formatRow(curve));
      drawn.push(curve);
      aims.push(isFlat ? flatAim(curve) : linearAim(curve));
    }
  } finally {
    await stopAll([upstream]);
  }
  mkdirSync("docs/images", { recursive: true });
  writeFileSync(IMAGE, curvesSvg(drawn));
  const text = [
    "CPU time a request, of the whole process and everything done after the answer, 16 connections, streamed.",
    `Bodies of ${SMALL_BODY / 1000} kB but for the first curve. Medians of ${ROUNDS} rounds, the places of a curve in turns.`,
    "",
    "![CPU time a request against body size, rules, keys, sessions and stored events](images/cost-curves.svg)",
    "",
    "| | µs of CPU a request |",
    "|---|---|",
    ...drawn.map(formatRow),
  ];
  return { text: text.join("\n"), aims };
}

/**
 * Sends requests until everything that varies was there once. The measurement is of many of them in use, not of the
 * first use of each.
 */
async function warmUp(dir: string, point: Point): Promise<void> {
  const atLeast = (point.shape.varied?.count ?? 0) + CONNECTIONS;
  do await send(dir, point, 3);
  while (point.sent < atLeast);
  await idle(point.target.pid, WRITTEN_WITHIN_SECONDS);
}

async function cpuUs(dir: string, point: Point): Promise<number> {
  const { pid } = point.target;
  const before = cpuSeconds(pid);
  const requests = await send(dir, point, SECONDS);
  await idle(pid);
  return ((cpuSeconds(pid) - before) / requests) * 1e6;
}

async function send(dir: string, point: Point, seconds: number): Promise<number> {
  const { target, shape } = point;
  const { requests, failures } = await load(dir, target.url, shape, seconds, point.sent);
  demand(failures === 0, `${shape.name}: ${failures} of ${requests} requests failed`);
  point.sent += requests;
  return requests;
}

const plain = (name: string, bytes: number): LoadShape => ({
  name,
  request: agentRequest({ bytes, stream: true, session: name }),
  connections: CONNECTIONS,
});

async function bodySizes(dir: string, upstream: string): Promise<Point[]> {
  const targets = [await startCco(dir, upstream), await startNginx(dir, upstream)];
  const place = (target: ProcessTarget, kB: number): Point => {
    // Each has its own script: the host is part of it.
    const shape = { ...plain(`body-${kB}`, kB * 1000), name: `body-${kB}-${target.name}` };
    return { x: kB, target, shape, sent: 0 };
  };
  return [1, 10, 50, 150, 400, 1_000].flatMap((kB) => targets.map((target) => place(target, kB)));
}

const buildPoints = async (
  counts: readonly number[],
  point: (count: number) => Promise<Pick<Point, "target" | "shape">>,
) => {
  const points: Point[] = [];
  for (const x of counts) points.push({ x, ...(await point(x)), sent: 0 });
  return points;
};

/** Rules for one project each; the request is for the last project. */
function ruleCounts(dir: string, upstream: string): Promise<Point[]> {
  return buildPoints([1, 100, 1_000, 10_000], async (count) => {
    const rules = Array.from(
      { length: count },
      (_, i) =>
        `[[rule]]\nfrom = "${requestedModel}"\nto = "claude-haiku-5-5"\nwhen = { project = ["${i === count - 1 ? "bench" : `p${i}`}"] }\n`,
    );
    const text = `[overrides]\nenabled = true\nrules = []\n[analytics]\nreport_format = "silent"\n${rules.join("")}`;
    return { target: await startCco(dir, upstream, { rules: text }), shape: plain(`rules-${count}`, SMALL_BODY) };
  });
}

const KEY_PREFIX = "cco_bench-";
const KEY_MARK = "BENCHKEY";

/** Number of people who work at the same time: rollups have a row per key, so each adds a little. */
const KEYS_IN_USE = 100;

/** Of many keys some are in use, in turns. */
function keyCounts(dir: string, upstream: string): Promise<Point[]> {
  return buildPoints([100, 1_000, 10_000, 50_000], async (count) => {
    const dataDir = await dataWith(dir, async (databaseUrl) => {
      const db = await openDatabase(databaseUrl);
      const data = Array.from({ length: count }, (_, i) => keyRow(i + 1));
      for (let at = 0; at < count; at += 500) await db.proxyKey.createMany({ data: data.slice(at, at + 500) });
      await db.$disconnect();
    });
    const { request, ...shape } = plain(`keys-${count}`, SMALL_BODY);
    const headers = { ...request.headers, "x-cco-key": KEY_MARK };
    const varied = { mark: KEY_MARK, prefix: KEY_PREFIX, count: KEYS_IN_USE };
    return {
      target: await startCco(dir, upstream, { dataDir }),
      shape: { ...shape, request: { ...request, headers }, varied },
    };
  });
}

function keyRow(number: number) {
  const secret = `${KEY_PREFIX}${String(number).padStart(DIGITS, "0")}`;
  const keyHash = createHash("sha256").update(secret).digest("hex");
  return { id: `key_bench${number}`, name: `bench ${number}`, hint: secret.slice(-4), keyHash, createdAt: new Date() };
}

/**
 * Measures the cost over a number of sessions, where every request is of another session. That holds on one connection
 * as well. It is the worst case, for a client keeps to its connections, and a head that equals the last one is not
 * parsed again. So the curve begins where no request repeats the one before it.
 */
function sessionCounts(dir: string, upstream: string): Promise<Point[]> {
  return buildPoints([100, 1_000, 10_000, 100_000], async (count) => {
    const mark = "BENCHSESSION";
    const request = agentRequest({ bytes: SMALL_BODY, stream: true, session: mark });
    const varied = { mark, prefix: "session-", count };
    return {
      target: await startCco(dir, upstream),
      shape: { ...plain(`sessions-${count}`, SMALL_BODY), request, varied },
    };
  });
}

function eventCounts(dir: string, upstream: string): Promise<Point[]> {
  return buildPoints([0, 50_000, 200_000, 500_000], async (count) => {
    const dataDir = await dataWith(dir, async (databaseUrl, home) => {
      await writeSpool(join(home, "filling"), count);
      await drainSpool(join(home, "filling"), databaseUrl);
    });
    return { target: await startCco(dir, upstream, { dataDir }), shape: plain(`events-${count}`, SMALL_BODY) };
  });
}

async function dataWith(dir: string, fill: (databaseUrl: string, home: string) => Promise<void>): Promise<string> {
  const home = mkdtempSync(join(dir, "data-"));
  const databaseUrl = `file:${join(home, "cco.db")}`;
  await migrateDatabase(databaseUrl);
  await fill(databaseUrl, home);
  return home;
}

const formatRow = ({ title, unit, points, beside }: Curve): string => {
  const row = (name: string, places: Curve["points"]) =>
    `| ${name} | ${places.map(({ x, us }) => `${x.toLocaleString("en")} ${unit}: ${us.toFixed(0)}`).join(" · ")} |`;
  return beside === null ? row(title, points) : `${row(title, points)}\n${row(`${title}, nginx`, beside)}`;
};
