import { agentRequest } from "./agent-request.ts";
import { demand, type Promised } from "./correctness.ts";
import { firstByte, type Waits } from "./first-byte.ts";
import { type Load, type LoadShape, load } from "./load.ts";
import { cpuSeconds, idle, residentMegabytes } from "./processes.ts";
import { computeMedian, interleaved, median } from "./rounds.ts";
import type { Target } from "./targets.ts";

/** A target in one of its roles: CCO stands in a table once per rule it applies. */
export interface Subject {
  name: string;
  target: Target;
  /** Picks the rule. */
  project: string;
  promised: Promised;
}

export interface Cell {
  bytes: number;
  stream: boolean;
  connections: number;
}

/** How long and how often each subject of a cell is measured. */
export interface Effort {
  rounds: number;
  seconds: number;
}

interface Round extends Load {
  /** Microseconds of CPU per request, work after the response included; null where it is not measured. */
  cpuUs: number | null;
  residentMb: number | null;
  waits: Waits | null;
}

/** The medians of a subject's rounds. */
export interface Row {
  subject: Subject;
  /** In each round. */
  paces: readonly number[];
  requestsPerSecond: number;
  p50Ms: number;
  p99Ms: number;
  firstByte: { p50: number; p99: number } | null;
  perCpuSecond: number | null;
  residentMb: number | null;
}

/**
 * Ratio of a row's pace to the pace of another row. They are compared within each round, where both had the same
 * weather.
 */
export const comparePaces = (row: Row, other: Row): number =>
  median(row.paces.map((pace, round) => pace / (other.paces[round] ?? Number.NaN)));

/** Measures every subject in a cell, in turns. */
export async function measureCell(
  dir: string,
  subjects: readonly Subject[],
  cell: Cell,
  { rounds, seconds }: Effort,
): Promise<Row[]> {
  const results = await interleaved(subjects, rounds, (subject) => measureRound(dir, subject, cell, seconds));
  return [...results].map(([subject, measured]) => buildRow(subject, measured));
}

/** One run of the load, and the microseconds of CPU each request took, work after the response included. */
export async function measureLoad(
  dir: string,
  { name, target }: Subject,
  shape: LoadShape,
  seconds: number,
): Promise<Load & { cpuUs: number | null }> {
  const before = target.pid === null ? 0 : cpuSeconds(target.pid);
  const result = await load(dir, target.url, shape, seconds);
  demand(result.failures === 0, `${name}: ${result.failures} of ${result.requests} requests failed`);
  if (target.pid === null) return { ...result, cpuUs: null };
  await idle(target.pid);
  return { ...result, cpuUs: ((cpuSeconds(target.pid) - before) / Math.max(1, result.requests)) * 1e6 };
}

async function measureRound(dir: string, subject: Subject, cell: Cell, seconds: number): Promise<Round> {
  const { target } = subject;
  const shape = buildShape(subject, cell);
  const result = await measureLoad(dir, subject, shape, seconds);
  const waits = cell.stream ? await firstByte(dir, target.url, shape, seconds) : null;
  demand((waits?.failures ?? 0) === 0, `${subject.name}: ${waits?.failures} of ${waits?.requests} requests failed`);
  if (target.pid !== null && waits !== null) await idle(target.pid);
  return {
    ...result,
    residentMb: target.pid === null ? null : residentMegabytes(target.pid),
    waits,
  };
}

/** Brings a subject to its usual pace before anything counts. */
export async function warmUp(dir: string, subject: Subject, cell: Cell): Promise<void> {
  await load(dir, subject.target.url, buildShape(subject, cell), 1);
  if (subject.target.pid !== null) await idle(subject.target.pid);
}

export function buildShape({ name, target, project }: Subject, { bytes, stream, connections }: Cell): LoadShape {
  const request = agentRequest({ bytes, stream, project, session: `load-${project}` });
  return {
    name: `${name.replace(/\W+/g, "-")}-${bytes}-${stream ? "stream" : "plain"}`,
    request: { ...request, headers: { ...request.headers, ...target.headers } },
    connections,
  };
}

function buildRow(subject: Subject, rounds: readonly Round[]): Row {
  const paces = rounds.map((round) => round.requestsPerSecond);
  const hasWaits = rounds.every((round) => round.waits !== null);
  const isCounted = subject.target.pid !== null;
  return {
    subject,
    paces,
    requestsPerSecond: median(paces),
    p50Ms: computeMedian(rounds, (round) => round.p50Ms),
    p99Ms: computeMedian(rounds, (round) => round.p99Ms),
    firstByte: hasWaits
      ? {
          p50: computeMedian(rounds, (round) => round.waits?.first.p50 ?? Number.NaN),
          p99: computeMedian(rounds, (round) => round.waits?.first.p99 ?? Number.NaN),
        }
      : null,
    perCpuSecond: isCounted ? 1e6 / computeMedian(rounds, (round) => round.cpuUs ?? Number.NaN) : null,
    residentMb: isCounted ? Math.max(...rounds.map((round) => round.residentMb ?? 0)) : null,
  };
}
