import { proveCorrect, proveCounted } from "./correctness.ts";
import { type Cell, comparePaces, type Effort, measureCell, type Row, type Subject, warmUp } from "./measure.ts";
import type { Aim, Findings } from "./report.ts";
import { directly, startBareProxy, startCco, startNginx, startUpstream, stopAll, type Target } from "./targets.ts";

const cells: readonly Cell[] = [1_000, 150_000].flatMap((bytes) =>
  [false, true].flatMap((stream) => [1, 32].map((connections) => ({ bytes, stream, connections }))),
);
/**
 * Factor by which the judged cells are measured more often. One round and the next differ by a quarter on a shared
 * machine.
 */
const JUDGED_TIMES = 3;
const isJudged = ({ bytes, connections }: Cell): boolean => bytes === 150_000 && connections > 1;
/** The load generator and the upstream must have this much in hand, or the cell measures them. */
const DIRECT_TIMES_NGINX = 1.5;

/** CCO beside nginx as a plain reverse proxy, which is the practical limit, and beside bare http-proxy. */
export async function table(dir: string, effort: Effort): Promise<Findings> {
  const upstream = await startUpstream();
  const direct = directly(upstream.said);
  const cco = await startCco(dir, upstream.said);
  const targets = [direct, await startNginx(dir, upstream.said), await startBareProxy(upstream.said), cco];
  const subjects = [...targets.slice(0, -1).map(plainSubject), ...ccoSubjects(cco)];
  try {
    await proveAll(direct.url, subjects);
    console.log("Correct: every target answers whole; CCO overrides, adapts, restores the model and counts.\n");
    const sections: string[] = [];
    const results = new Map<Cell, Row[]>();
    for (const cell of cells) {
      // The adapted request has no short form: what is adapted is most of its length.
      const measured = cell.bytes < 10_000 ? subjects.filter(({ project }) => project !== "adapted") : subjects;
      if (cell.connections === 1)
        for (const subject of measured) await warmUp(dir, subject, { ...cell, connections: 8 });
      const rounds = isJudged(cell) ? effort.rounds * JUDGED_TIMES : effort.rounds;
      const rows = await measureCell(dir, measured, cell, { ...effort, rounds });
      results.set(cell, rows);
      sections.push(formatSection(cell, rows));
      console.log(`${sections.at(-1)}\n`);
    }
    const heading = `Medians of ${effort.rounds} rounds of ${effort.seconds} s for each target, in turns; of ${effort.rounds * JUDGED_TIMES} where 150 kB go over 32 connections, which is what is judged.`;
    return { text: `${heading}\n\n${sections.join("\n\n")}`, aims: buildAims(results) };
  } finally {
    await stopAll([...targets, upstream]);
  }
}

/** The rows of the two. */
const CCO_ROWS = ["CCO", "CCO, adapting"];

/** What CCO is measured as: one override that changes the model alone, and one that must adapt the request. */
export const ccoSubjects = (cco: Target): Subject[] => [
  { name: "CCO", target: cco, project: "bench", promised: { kind: "overridden", served: "claude-haiku-5-5" } },
  {
    name: "CCO, adapting",
    target: cco,
    project: "adapted",
    promised: { kind: "adapted", served: "claude-haiku-4-5-20251001" },
  },
];

const plainSubject = (target: Target): Subject => ({
  name: target.name,
  target,
  project: "bench",
  promised: { kind: "untouched" },
});

async function proveAll(upstreamUrl: string, subjects: readonly Subject[]): Promise<void> {
  let overrides = 0;
  for (const { target, promised, project } of subjects) {
    for (const bytes of promised.kind === "adapted" ? [150_000] : [1_000, 150_000]) {
      for (const stream of [false, true]) {
        await proveCorrect(upstreamUrl, target, promised, { bytes, stream, project });
        if (target.name === "CCO") overrides++;
      }
    }
    if (target.name === "CCO") await proveCounted(target.url, overrides);
  }
}

export const cellTitle = ({ bytes, stream, connections }: Cell): string =>
  `${bytes / 1000} kB, ${stream ? "streamed" : "not streamed"}, ${connections} connection${connections > 1 ? "s" : ""}`;

function formatSection(cell: Cell, rows: readonly Row[]): string {
  const nginx = findRow(rows, "nginx");
  const direct = findRow(rows, "direct");
  const waits = cell.stream ? ["first byte p50 / p99 ms", "added p50 / p99 ms"] : ["added p50 / p99 ms"];
  const head = ["", "requests/s", "of nginx", "per CPU second", "answer p50 / p99 ms", ...waits, "resident MB"];
  const lines = rows.map((row) => `| ${formatCells(row, direct, nginx).join(" | ")} |`);
  const inHand = comparePaces(direct, nginx);
  const warning =
    inHand < DIRECT_TIMES_NGINX
      ? [
          "",
          `The upstream and the load generator alone reach only ${inHand.toFixed(1)}× nginx: in this cell nginx is held back by them, and its figures are too low.`,
        ]
      : [];
  return [
    `#### ${cellTitle(cell)}`,
    "",
    `| ${head.join(" | ")} |`,
    `|---|${"--:|".repeat(head.length - 1)}`,
    ...lines,
    ...warning,
  ].join("\n");
}

function formatCells(row: Row, direct: Row, nginx: Row): string[] {
  const isDirect = row === direct;
  const own = row.firstByte ?? { p50: row.p50Ms, p99: row.p99Ms };
  const base = direct.firstByte ?? { p50: direct.p50Ms, p99: direct.p99Ms };
  return [
    row.subject.name,
    row.requestsPerSecond.toFixed(0),
    `${comparePaces(row, nginx).toFixed(2)}×`,
    row.perCpuSecond?.toFixed(0) ?? "–",
    `${row.p50Ms.toFixed(2)} / ${row.p99Ms.toFixed(2)}`,
    ...(row.firstByte ? [`${own.p50.toFixed(2)} / ${own.p99.toFixed(2)}`] : []),
    isDirect ? "–" : `${(own.p50 - base.p50).toFixed(2)} / ${(own.p99 - base.p99).toFixed(2)}`,
    row.residentMb?.toFixed(0) ?? "–",
  ];
}

function findRow(rows: readonly Row[], name: string): Row {
  const row = rows.find(({ subject }) => subject.name === name);
  if (row === undefined) throw new Error(`${name} was not measured`);
  return row;
}

/** What must be, and what is wanted. */
const SHARES_OF_NGINX = [0.3, 0.4];
const PER_CPU_SECOND = 1_000;
const RESIDENT_MB = 256;
/** Added to the first byte of a stream, by the number of connections. */
const ADDED_MS: Readonly<Record<number, { p50: number; p99: number }>> = {
  1: { p50: 1, p99: 5 },
  32: { p50: Number.POSITIVE_INFINITY, p99: 15 },
};

function buildAims(results: ReadonlyMap<Cell, Row[]>): Aim[] {
  const cells = [...results].filter(([cell]) => cell.bytes === 150_000);
  const residentMb = Math.max(...[...results.values()].map((rows) => findRow(rows, "CCO").residentMb ?? 0));
  return [
    ...cells.filter(([cell]) => isJudged(cell)).flatMap(([cell, rows]) => paceAims(cell, rows)),
    ...cells.filter(([cell]) => cell.stream).flatMap(([cell, rows]) => delayAims(cell, rows)),
    {
      what: `resident memory at most ${RESIDENT_MB} MB after all loads`,
      measured: `${residentMb.toFixed(0)} MB`,
      reached: residentMb <= RESIDENT_MB,
    },
  ];
}

function paceAims(cell: Cell, rows: readonly Row[]): Aim[] {
  const nginx = findRow(rows, "nginx");
  const shares = CCO_ROWS.flatMap((name) => {
    const share = comparePaces(findRow(rows, name), nginx);
    return SHARES_OF_NGINX.map((least) => ({
      what: `${name}: at least ${least}× nginx's requests per second on the same core (${cellTitle(cell)})`,
      measured: `${share.toFixed(2)}×`,
      reached: share >= least,
    }));
  });
  const perCpuSecond = findRow(rows, "CCO").perCpuSecond ?? 0;
  return [
    ...shares,
    {
      what: `at least ${PER_CPU_SECOND} requests per CPU second of the whole process (${cellTitle(cell)})`,
      measured: perCpuSecond.toFixed(0),
      reached: perCpuSecond >= PER_CPU_SECOND,
    },
  ];
}

function delayAims(cell: Cell, rows: readonly Row[]): Aim[] {
  const most = ADDED_MS[cell.connections];
  const direct = findRow(rows, "direct").firstByte;
  if (most === undefined || direct === null) return [];
  return CCO_ROWS.flatMap((name) => {
    const own = findRow(rows, name).firstByte;
    if (own === null) return [];
    return (["p50", "p99"] as const)
      .filter((part) => Number.isFinite(most[part]))
      .map((part) => {
        const added = own[part] - direct[part];
        return {
          what: `${name}: at most ${most[part]} ms (${part}) added to the first byte (${cellTitle(cell)})`,
          measured: `${added.toFixed(2)} ms`,
          reached: added <= most[part],
        };
      });
  });
}
