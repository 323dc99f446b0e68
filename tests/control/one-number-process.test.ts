// Long because traffic is sent once, through one process and through two workers, and every surface is read after it.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readConsoleEnv } from "#config/read-console-env.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { issueProxyKey } from "#control/keys/issue.ts";
import { operatorActor } from "#core/access/actor.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { queryRows } from "#store/raw.ts";
import {
  type Counted,
  consoleSurfaces,
  deriveTruth,
  differences,
  type OldAnswers,
  oldSurfaces,
  samples,
  type Truth,
} from "#tests/support/one-number.ts";
import { type EventRow, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { storedEvents } from "#tests/support/stored-events.ts";

/** Fixed: the same requests every time. */
const SEED = 20261128;
const REQUESTS = 90;
/** An instance reads the sums of the others once a minute. */
const RELOADED_MS = 120_000;
/** Every surface is read at each look. */
const LOOK_EVERY_MS = 1_000;
const rules = `[overrides]
enabled = true
[analytics]
report_format = "silent"
[[rule]]
from = "claude-opus-5-5"
to = "claude-haiku-5-5"
[[rule]]
from = "claude-opus-4-8"
to = "claude-mystery-9"
[[rule]]
from = "claude-sonnet-5-5"
to = "claude-haiku-4-5"
`;

const folder = mkdtempSync(join(tmpdir(), "cco-one-number-"));
const databaseUrl = `file:${join(folder, "cco.db")}`;
const rulesFile = join(folder, "rules.toml");
let mock: Mock;
let proxies: ProxyProcess[] = [];
let deps: ControlDeps;
let proxyKey = "";

beforeAll(async () => {
  mock = await startMock();
  writeFileSync(rulesFile, rules);
  // Two instances with one database and one file, as on two machines; the second has two workers.
  const start = (name: string, workers: string) =>
    startProxy({
      upstreamUrl: mock.url,
      rules,
      dataDir: mkdtempSync(join(folder, `${name}-`)),
      env: {
        ...{ CCO_CONFIG: rulesFile, DATABASE_URL: databaseUrl, CCO_WORKERS: workers },
        ...{ ANTHROPIC_API_KEY: "sk-operator" },
      },
    });
  proxies = [await start("one", "1"), await start("two", "2")];
  deps = await makeControlDeps(readConsoleEnv({ DATABASE_URL: databaseUrl, CCO_DATA_DIR: folder }));
  const issued = await issueProxyKey(
    operatorActor("test"),
    { name: "Build", personId: null, team: null, project: "build" },
    deps,
  );
  proxyKey = issued.secret;
});

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.stop("SIGKILL")));
  await deps?.db.$disconnect();
  await mock?.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Asked {
  instance: number;
  credential: "key" | "plan" | "proxy key";
  model: string;
  mood: string;
  stream: boolean;
  leaves: boolean;
  repeats: boolean;
  project: string;
  usage: { input: number; write5m: number; write1h: number; read: number; output: number };
}

/** Who leaves in mid-answer needs one that takes its time. */
const unhurried = (one: Asked): Asked => (one.leaves ? { ...one, stream: true, mood: "slow-40" } : one);

const anyRequest: fc.Arbitrary<Asked> = fc.record({
  instance: fc.constantFrom(0, 1),
  credential: fc.constantFrom("key", "plan", "proxy key"),
  model: fc.constantFrom(
    "claude-opus-5-5",
    "claude-opus-5-5",
    "claude-sonnet-5-5",
    "claude-haiku-5-5",
    "claude-opus-4-8",
    "mock-model",
  ),
  mood: fc.constantFrom("", "", "", "", "overloaded", "cut-after-4", "error-mid-4", "search-2", "refusal"),
  stream: fc.boolean(),
  leaves: fc.constantFrom(false, false, false, false, true),
  repeats: fc.boolean(),
  project: fc.constantFrom("website", "app"),
  usage: fc.record({
    input: fc.nat(3_001),
    write5m: fc.nat(701),
    write1h: fc.nat(301),
    read: fc.nat(20_011),
    output: fc.integer({ min: 1, max: 907 }),
  }),
});

const credentials = (one: Asked): Record<string, string> => {
  if (one.credential === "plan")
    return { authorization: "Bearer sk-ant-oat01-plan", "anthropic-beta": "oauth-2025-04-20" };
  return { "x-api-key": one.credential === "proxy key" ? proxyKey : "sk-own" };
};

/** Temperature 0 and no tools: such a request may be answered by the response cache the second time. */
function ask(one: Asked): Promise<void> {
  const text = JSON.stringify({
    ...{ model: one.model, max_tokens: 1000, stream: one.stream, temperature: 0 },
    messages: [{ role: "user", content: one.repeats ? "the same question" : `question ${JSON.stringify(one)}` }],
  });
  return new Promise((resolve) => {
    const call = request(`${proxies[one.instance]?.url}/v1/messages`, {
      method: "POST",
      agent: false,
      headers: {
        ...{ "content-type": "application/json", "anthropic-version": "2023-06-01", "x-cco-project": one.project },
        ...{ "x-mock-usage": JSON.stringify(one.usage), ...credentials(one) },
        ...(one.mood === "" ? {} : { "x-mock-mood": one.mood }),
      },
    });
    call.on("error", () => resolve());
    call.on("response", (response) => {
      response.on("error", () => resolve());
      response.on("close", () => resolve());
      if (one.leaves) response.once("data", () => response.destroy());
      response.resume();
    });
    call.end(text);
  });
}

const countTokens = (instance: number): Promise<unknown> =>
  fetch(`${proxies[instance]?.url}/v1/messages/count_tokens`, {
    method: "POST",
    headers: { "content-type": "application/json", "anthropic-version": "2023-06-01", "x-api-key": "sk-own" },
    body: JSON.stringify({ model: "claude-haiku-5-5", messages: [{ role: "user", content: "count this" }] }),
  }).then((response) => response.text());

const toCounted = (row: EventRow): Counted => {
  const nano = (cell: EventRow[string] | undefined) => (cell == null ? null : BigInt(cell));
  return {
    endpoint: String(row.endpoint),
    billingMode: String(row.billing_mode),
    decision: String(row.decision),
    requestedModel: row.requested_model as string | null,
    servedModel: row.served_model as string | null,
    cache: String(row.cache),
    usageState: String(row.usage_state),
    ended: String(row.ended),
    cost: nano(row.cost_nano_usd),
    saved: nano(row.saved_nano_usd),
    avoided: nano(row.avoided_nano_usd) ?? 0n,
  };
};

const get = async (proxy: ProxyProcess | undefined, path: string) => (await fetch(`${proxy?.url}${path}`)).text();
const json = async <T>(proxy: ProxyProcess | undefined, path: string) => JSON.parse(await get(proxy, path)) as T;

async function oldAnswers(proxy: ProxyProcess | undefined): Promise<OldAnswers> {
  const [overrides, cache, machine, project, metrics] = await Promise.all([
    json<OldAnswers["overrides"]>(proxy, "/api/overrides/stats"),
    json<OldAnswers["cache"]>(proxy, "/api/cache/stats"),
    json<OldAnswers["machine"]>(proxy, "/api/machine/stats"),
    json<OldAnswers["project"]>(proxy, "/api/project/stats"),
    get(proxy, "/metrics"),
  ]);
  return { overrides, cache, machine, project, metrics };
}

/** What belongs to one process, and is compared as the sum over instances. */
const isOwn = (surface: string) => /^\/metrics (of the process|cco_(?!installation))/.test(surface);

it("two instances, their console and their files show the same sums for a mix of real requests", async () => {
  const asked = fc.sample(anyRequest, { seed: SEED, numRuns: REQUESTS }).map(unhurried);
  for (const one of asked) await ask(one);
  for (const instance of [0, 0, 1, 1, 1]) await countTokens(instance);
  const rows = await waitForEvents(REQUESTS + 5);
  const truth = deriveTruth(rows.map(toCounted));
  // Every kind really took place: a mix that lost one would prove less than it says.
  expect(new Set(rows.map((row) => row.billing_mode))).toEqual(new Set(["metered", "subscription"]));
  expect(new Set(rows.map((row) => row.decision))).toEqual(new Set(["override", "pass", "fallback"]));
  expect(new Set(rows.map((row) => row.ended))).toEqual(new Set(["complete", "cancelled", "error", "truncated"]));
  expect(truth.hits).toBeGreaterThan(0);
  expect(rows.some((row) => row.cost_nano_usd === null && row.usage_state !== "none")).toBe(true);

  const found = await settled(truth);

  expect(found).toEqual([]);
});

async function waitForEvents(count: number): Promise<EventRow[]> {
  return until(async () => {
    const rows = await storedEvents((sql) => queryRows(deps.db, sql));
    return rows.length === count && rows;
  });
}

/** Statistics of the other instance come with the next reload; until then the differences shrink. */
async function settled(truth: Truth): Promise<string[]> {
  let found: string[] = [];
  await until(
    async () => {
      const answers = [];
      for (const proxy of proxies) answers.push(await oldAnswers(proxy));
      const installation = answers.map((one) => {
        const { shown, counts, hitRates } = oldSurfaces(one);
        return {
          shown: shown.filter(({ surface }) => !isOwn(surface)),
          counts: counts.filter(({ surface }) => !isOwn(surface)),
          hitRates: hitRates.filter(({ surface }) => !isOwn(surface)),
        };
      });
      found = [
        ...differences(truth, [await consoleSurfaces(deps, "7d"), ...installation]),
        ...sumOfInstances(
          truth,
          answers.map(({ metrics }) => metrics),
        ),
      ];
      return found.length === 0;
    },
    RELOADED_MS,
    LOOK_EVERY_MS,
  ).catch(() => {});
  return found;
}

/** Counters belong to the instance: added up over instances they are the installation's. */
function sumOfInstances(truth: Truth, texts: readonly string[]): string[] {
  const sum = (name: string) => texts.flatMap((text) => samples(text, name)).reduce((total, value) => total + value, 0);
  const nano = (name: string) =>
    texts.flatMap((text) => samples(text, name)).reduce((total, value) => total + BigInt(Math.round(value * 1e9)), 0n);
  const pairs: [string, bigint | number, bigint | number | null][] = [
    ["cco_overrides_total", sum("cco_overrides_total"), truth.overrides],
    ["cco_cache_hits", sum("cco_cache_hits"), truth.hits],
    ["cco_cache_misses", sum("cco_cache_misses"), truth.misses],
    ["cco_cost_usd_total", nano("cco_cost_usd_total"), truth.money.cost],
    ["cco_plan_value_usd_total", nano("cco_plan_value_usd_total"), truth.money.planValue],
    ["cco_cost_full_price_usd_total", nano("cco_cost_full_price_usd_total"), truth.money.fullPrice],
    ["cco_cost_avoided_usd_total", nano("cco_cost_avoided_usd_total"), truth.money.avoided],
  ];
  return pairs.flatMap(([name, is, should]) =>
    is === should ? [] : [`sum of ${name} over instances is ${is}, should be ${should}`],
  );
}
