// Server time of every page's data and every reading `/api/*` answer, on databases of `npm run seed -- --events N`.
//   npm run bench -- pages        BENCH_PAGES_EVENTS: how many events (1000000); BENCH_PAGES_DATABASES: addresses of
//                                 seeded databases to use instead, separated by commas; BENCH_PAGES_TIMES: 20;
//                                 BENCH_PAGES_ONLY: a regular expression of the questions that are asked
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import process from "node:process";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { readActivityFacets } from "#control/activity/facets.ts";
import { listRequests } from "#control/activity/requests.ts";
import { readActivitySeries } from "#control/activity/series.ts";
import { listSessionRows } from "#control/activity/sessions.ts";
import { readAlerts } from "#control/alerts/list.ts";
import { listAuditEntries } from "#control/audit/list.ts";
import { readCacheOverview } from "#control/cache/overview.ts";
import { readPurgeChoices } from "#control/cache/purge-choices.ts";
import { readOwnUsage } from "#control/connect/own-usage.ts";
import { readCostFacets } from "#control/costs/facets.ts";
import { readOverview } from "#control/costs/overview.ts";
import { readCostSeries } from "#control/costs/series.ts";
import { readCostTable } from "#control/costs/table.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { listKeys } from "#control/keys/list.ts";
import { listLimits, listOwnLimits } from "#control/limits/list.ts";
import { currentRules } from "#control/rules/current.ts";
import { editorStart } from "#control/rules/editor-start.ts";
import { listVersions } from "#control/rules/list-versions.ts";
import { ruleNames } from "#control/rules/rule-names.ts";
import { readAbout } from "#control/settings/about.ts";
import { readSettings } from "#control/settings/read.ts";
import { listTeam } from "#control/team/list.ts";
import type { Actor } from "#core/access/actor.ts";
import { costGroups } from "#core/costs/cost-table.ts";
import { dayStartMs, toDayKey } from "#core/time/instant.ts";
import { queryRows } from "#store/raw.ts";
import { startPostgresql } from "#tests/support/postgresql.ts";
import { seedManyEvents } from "#tools/seed-events.ts";
import { seedTeam } from "#tools/seed-team.ts";
import type { Findings } from "./report.ts";

const AIM_MS = 100;
const RANGES = ["today", "7d", "30d", "mtd", "last-month", "qtd", "90d"] as const;
const FILTERS = { project: "project-07", person: "per_many011", model: "claude-opus-5-5", team: "team-03" } as const;

type Question = (actor: Actor, deps: ControlDeps) => Promise<unknown>;

/** What the console asks, by name. Long because it is one list: a line per page or answer. */
function listQuestions(): Map<string, Question> {
  const questions = new Map<string, Question>();
  for (const range of RANGES) {
    const own: [string, Record<string, string>][] = [
      [range, { range }],
      ...(range === "30d" || range === "90d"
        ? Object.entries(FILTERS).map(([name, value]): [string, Record<string, string>] => [
            `${range}, one ${name}`,
            { range, [name]: value },
          ])
        : []),
    ];
    for (const [words, input] of own) {
      const costs = costGroups.map((group): [string, Question] => [
        `Costs by ${group}`,
        (actor, deps) => Promise.all([readCostTable(actor, group, input, deps), readCostSeries(actor, input, deps)]),
      ]);
      const asked: [string, Question][] = [
        [
          "Overview",
          (actor, deps) => Promise.all([readOverview(actor, input, deps), readCostSeries(actor, input, deps)]),
        ],
        ["/api/overview", (actor, deps) => readOverview(actor, input, deps)],
        ["/api/costs/series", (actor, deps) => readCostSeries(actor, input, deps)],
        ["/api/costs/facets", (actor, deps) => readCostFacets(actor, input, deps)],
        ...costs,
        [
          "Activity",
          (actor, deps) => Promise.all([listRequests(actor, input, deps), readActivitySeries(actor, input, deps)]),
        ],
        ["/api/activity/facets", (actor, deps) => readActivityFacets(actor, input, deps)],
        ["/api/activity/sessions", (actor, deps) => listSessionRows(actor, input, deps)],
        ["Cache", (actor, deps) => readCacheOverview(actor, { range }, deps)],
      ];
      for (const [name, ask] of asked) questions.set(`${name} | ${words}`, ask);
    }
  }
  const outcome = { range: "30d", outcome: "failed" };
  const others: [string, Question][] = [
    ["Activity, failed", (actor, deps) => listRequests(actor, outcome, deps)],
    ["/api/cache/purge", (actor, deps) => readPurgeChoices(actor, deps)],
    ["/api/usage/own", (actor, deps) => readOwnUsage({ actor }, {}, deps)],
    ["Rules", (actor, deps) => Promise.all([currentRules(actor, deps), listVersions(actor, { limit: 20 }, deps)])],
    ["Rules › Edit", (actor, deps) => Promise.all([editorStart(actor, deps), ruleNames(actor, deps)])],
    [
      "Team",
      (actor, deps) => Promise.all([listTeam(actor, deps), listKeys(actor, "all", deps), listLimits(actor, deps)]),
    ],
    ["/api/limits", (actor, deps) => listLimits(actor, deps)],
    ["/api/limits/own", (actor, deps) => listOwnLimits(actor, deps)],
    ["/api/keys", (actor, deps) => listKeys(actor, "all", deps)],
    ["Alerts", (actor, deps) => readAlerts(actor, deps)],
    ["Audit", (actor, deps) => listAuditEntries(actor, {}, deps)],
    ["/api/settings", (actor, deps) => readSettings(actor, deps)],
    ["/api/settings/about", (actor, deps) => readAbout(actor, deps)],
  ];
  for (const [name, ask] of others) questions.set(`${name} | –`, ask);
  return questions;
}

interface Timed {
  name: string;
  p50Ms: number;
  p95Ms: number;
  /** CPU time of this process: the fairer figure beside other work, where the database is a file. */
  cpuMs: number;
}

/** Measures the pages on both databases, or on those named by the environment. */
export async function pages(dir: string): Promise<Findings> {
  const given = process.env.BENCH_PAGES_DATABASES?.split(",") ?? [];
  const server = given.length === 0 ? await startPostgresql() : null;
  try {
    const urls = server === null ? given : [`file:${join(dir, "cco.db")}`, await server.newDatabase()];
    const sections: string[] = [];
    const aims: Findings["aims"][number][] = [];
    for (const url of urls) {
      if (server !== null) await fill(url);
      const { kind, events, rows } = await measureDatabase(url, dir);
      sections.push(formatSection(kind, events, rows));
      console.log(`${sections.at(-1)}\n`);
      const slow = rows.filter(({ p95Ms }) => p95Ms > AIM_MS);
      aims.push({
        what: `every page and every reading \`/api/*\` at most ${AIM_MS} ms (p95, server time) at ${events} events, ${kind}`,
        measured: `${rows.length - slow.length} of ${rows.length}, longest ${Math.max(...rows.map(({ p95Ms }) => p95Ms)).toFixed(0)} ms`,
        reached: slow.length === 0,
      });
    }
    return { text: sections.join("\n\n"), aims };
  } finally {
    await server?.stop();
  }
}

async function fill(databaseUrl: string): Promise<void> {
  const events = Number(process.env.BENCH_PAGES_EVENTS ?? 1_000_000);
  await seedManyEvents({ databaseUrl, events, nowMs: Date.now() });
}

async function measureDatabase(url: string, dir: string): Promise<{ kind: string; events: number; rows: Timed[] }> {
  let nowMs = Date.now();
  const env = { ...readConsoleEnv({ CCO_DATA_DIR: dir, DATABASE_URL: url }), databaseUrl: url };
  const deps = await makeControlDeps(env, () => new Date(nowMs));
  try {
    const [newest] = await queryRows(deps.db, "SELECT MAX(started_at_ms) AS at FROM event_row");
    const [sum] = await queryRows(deps.db, "SELECT SUM(requests) AS events FROM rollup_day");
    // The evening of the last day with traffic: today is then as full as it gets.
    const zone = "Europe/Berlin";
    nowMs = dayStartMs(toDayKey(Number(newest?.at), zone), zone) + 22 * 3_600_000;
    const rows: Timed[] = [];
    const only = new RegExp(process.env.BENCH_PAGES_ONLY ?? "");
    for (const [name, ask] of listQuestions()) if (only.test(name)) rows.push(await time(name, () => ask(owner, deps)));
    return { kind: deps.config.databaseKind, events: Number(sum?.events), rows };
  } finally {
    await deps.db.$disconnect();
  }
}

async function time(name: string, ask: () => Promise<unknown>): Promise<Timed> {
  const times = Number(process.env.BENCH_PAGES_TIMES ?? 20);
  const took: number[] = [];
  const cpu: number[] = [];
  // The first answer warms the caches of the process and of the database. It is not counted.
  for (let round = 0; round <= times; round += 1) {
    const beginTick = performance.now();
    const beginCpu = process.cpuUsage();
    await ask();
    if (round === 0 && times > 0) continue;
    const { user, system } = process.cpuUsage(beginCpu);
    took.push(performance.now() - beginTick);
    cpu.push((user + system) / 1000);
  }
  return { name, p50Ms: percentile(took, 0.5), p95Ms: percentile(took, 0.95), cpuMs: percentile(cpu, 0.5) };
}

function percentile(values: number[], part: number): number {
  values.sort((one, other) => one - other);
  return values[Math.min(values.length - 1, Math.ceil(values.length * part) - 1)] ?? 0;
}

const first = seedTeam.find(({ role }) => role === "owner");
const owner: Actor = {
  kind: "person",
  id: first?.id ?? "",
  name: first?.name ?? "",
  email: first?.email ?? "",
  role: "owner",
  via: "console",
  address: "127.0.0.1",
};

const formatSection = (kind: string, events: number, rows: readonly Timed[]): string =>
  [
    `#### ${kind}, ${events.toLocaleString("en")} events`,
    "",
    "| | range | p50 ms | p95 ms | CPU ms |",
    "|---|---|--:|--:|--:|",
    ...rows.map(({ name, ...took }) => {
      const figures = [took.p50Ms, took.p95Ms, took.cpuMs].map((ms) => ms.toFixed(1));
      return `| ${name} | ${figures.join(" | ")} |`;
    }),
  ].join("\n");
