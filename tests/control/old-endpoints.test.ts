// Long because all old endpoints are compared on one run of traffic.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type Mock, startMock } from "#mock/server.ts";
import { type RunningCco, runCco } from "#tests/support/run-cco.ts";
import { eventually } from "#tests/support/scratch.ts";

// The built product is started again and again: on a busy machine that takes a while.

const folder = mkdtempSync(join(tmpdir(), "cco-old-endpoints-"));
const rulesFile = join(folder, "rules.toml");
const rules = (enabled: boolean) => `[overrides]
enabled = ${enabled}
rules = [["claude-opus-5-5", "claude-haiku-5-5"]]
`;
let mock: Mock;
let cco: RunningCco;
let address = "";

const env = () => ({
  CCO_PORT: "0",
  CCO_DATA_DIR: join(folder, "data"),
  CCO_CONFIG: rulesFile,
  CCO_UPSTREAM_URL: mock.url,
});

async function start() {
  cco = runCco(["run", "--no-console"], env());
  const [, found = ""] = await cco.line(/^CCO started on (\S+)$/m);
  await cco.line(/^Override rules loaded/m);
  address = found;
}

beforeAll(async () => {
  writeFileSync(rulesFile, rules(true));
  mock = await startMock();
  await start();
});
afterAll(async () => {
  await cco.stop();
  await mock.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the answer costs is fixed: opus-5-5 $0.007144, and what haiku-5-5 costs for the same. */
const usage = JSON.stringify({ input: 11, write5m: 600, write1h: 400, read: 2000, output: 25 });
const ask = async (model: string, project = "payments", more: Record<string, string> = {}) => {
  const response = await fetch(`${address}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "k",
      "anthropic-version": "2023-06-01",
      "x-cco-project": project,
      "x-mock-usage": usage,
      ...more,
    },
    body: JSON.stringify({ model, max_tokens: 50, messages: [{ role: "user", content: "say hi" }] }),
  });
  await response.text();
  return response.status;
};

interface MachineStats {
  totalCalls: number;
  totalCost: number;
  totalSaved: number;
  projects: { name: string; lastActivity: string }[];
  models: { name: string }[];
  chartData: { costOverTime: unknown[]; costByProject: unknown[]; modelDistribution: unknown[] };
}

const get = async <T = Record<string, unknown>>(path: string): Promise<T> =>
  (await (await fetch(`${address}${path}`)).json()) as T;

/** The sum of a metric over its labels. */
const sumMetric = (metrics: string, name: string): number =>
  [...metrics.matchAll(new RegExp(`^${name}(?:\\{[^}]*\\})? (\\S+)$`, "gm"))].reduce(
    (total, [, value]) => total + Number(value),
    0,
  );

interface StreamEvent {
  event: string;
  data: Record<string, unknown>;
}

describe("the statistics before any traffic", () => {
  test("contain every number, and all are zero", async () => {
    expect(await get("/api/cache/stats")).toMatchObject({
      cache_hits: 0,
      cache_misses: 0,
      hit_rate: 0,
      total_requests: 0,
      memory_usage_bytes: expect.any(Number),
      cached_items: 0,
    });
    expect(await get("/api/overrides/stats")).toMatchObject({
      total_overrides: 0,
      overrides_enabled: true,
      overrides_by_model: {},
    });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(metrics).toMatch(/^cco_cache_hit_rate NaN$/m);
    expect(metrics).toMatch(/^cco_cache_hits 0$/m);
  });
});

describe("the old endpoints with traffic", () => {
  beforeAll(async () => {
    for (let at = 0; at < 3; at += 1) expect(await ask("claude-opus-5-5")).toBe(200);
    expect(await ask("claude-sonnet-5-5", "docs")).toBe(200);
    await eventually(async () => expect((await get("/api/machine/stats")).totalCalls).toBe(4));
  });

  test("GET /health has the old fields", async () => {
    const response = await fetch(`${address}/health`);

    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject({
      status: "ok",
      uptime: expect.any(Number),
      overrides_enabled: true,
      override_rules: 1,
      cache_hits: 0,
      cache_misses: 0,
    });
  });

  test("GET /api/overrides/stats counts per requested model, in dollars and percent", async () => {
    const stats = await get<{ total_overrides: number; overrides_by_model: Record<string, unknown> }>(
      "/api/overrides/stats",
    );

    expect(stats.total_overrides).toBe(3);
    // Three times 0.007144 - 0.0001886.
    expect(stats.overrides_by_model["claude-opus-5-5"]).toMatchObject({
      overridden_to: "claude-haiku-5-5",
      count: 3,
      percentage: 100,
      cost_saved: "$0.02",
    });
  });

  test("GET /api/machine/stats shows projects, models and chart data", async () => {
    const stats = await get<MachineStats>("/api/machine/stats");

    expect(stats).toMatchObject({ activeProjects: 2, totalCalls: 4, totalTokens: 4 * (11 + 1000 + 2000 + 25) });
    expect(stats.totalCost).toBeCloseTo(3 * 0.0001886 + 0.003572, 6);
    const payments = stats.projects.find(({ name }) => name === "payments");
    expect(payments).toMatchObject({ calls: 3, inputTokens: 3 * 3011, outputTokens: 75, cost: expect.any(Number) });
    expect(Date.parse(payments?.lastActivity ?? "")).toBeGreaterThan(0);
    const haiku = stats.models.find(({ name }) => name === "claude-haiku-5-5");
    expect(haiku).toMatchObject({
      calls: 3,
      inputTokens: expect.any(Number),
      outputTokens: 75,
      cost: expect.any(Number),
    });
    expect(stats.chartData.costOverTime[0]).toEqual({
      date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
      cost: expect.any(Number),
    });
    expect(stats.chartData.costByProject[0]).toEqual({ project: expect.any(String), cost: expect.any(Number) });
    expect(stats.chartData.modelDistribution).toContainEqual({ model: "claude-haiku-5-5", count: 3 });
  });

  test("a misspelt or repeated parameter is refused by name, and a cache-busting one is ignored", async () => {
    for (const [path, name] of [
      ["/api/project/stats?projct=docs", "projct"],
      ["/api/project/stats?project=docs&project=shop", "project"],
      ["/api/machine/stats?days=-1", "days"],
      ["/api/overrides/stats?zz=1", "zz"],
      ["/api/cache/stats?project=docs", "project"],
      ["/api/stream?projct=docs", "projct"],
    ]) {
      const answer = await fetch(`${address}${path}`);
      expect([path, answer.status]).toEqual([path, 400]);
      expect(await answer.text()).toContain(`“${name}”`);
    }
    expect((await fetch(`${address}/api/machine/stats?_=1795000000000`)).status).toBe(200);
  });

  test("GET /api/project/stats shows all or one, with trends over 24 h", async () => {
    const all = await get("/api/project/stats");
    const docs = await get("/api/project/stats?project=docs");
    const unknown = await get("/api/project/stats?project=unknown");

    expect(all).toMatchObject({ calls: 4, avgTime: expect.any(Number), cost: expect.any(Number) });
    expect(docs).toMatchObject({ calls: 1, tokens: 3036, cost: 0.003572 });
    expect(unknown).toMatchObject({ calls: 0, tokens: 0, cost: 0, avgTime: 0 });
    for (const name of ["costTrend", "tokensTrend", "callsTrend", "timeTrend"])
      expect(all[name]).toEqual({ value: expect.any(Number), period: "24h" });
  });

  test("GET /metrics has the old names, equal to the statistics", async () => {
    const response = await fetch(`${address}/metrics`);
    const text = await response.text();

    expect(response.headers.get("content-type")).toMatch(/^text\/plain; version=0\.0\.4/);
    expect(text).toMatch(/^cco_overrides_total\{from="claude-opus-5-5",to="claude-haiku-5-5"\} 3$/m);
    expect(text).toMatch(/^cco_installation_overrides_total\{from="claude-opus-5-5",to="claude-haiku-5-5"\} 3$/m);
    expect(text).toMatch(/^cco_cache_misses 0$/m);
    expect(text).toMatch(/^cco_api_latency\{quantile="0\.5"\} [\d.]+$/m);
    expect(text).toMatch(/^cco_api_latency_sum [\d.]+$/m);
    expect(text).toMatch(/^cco_api_latency_count 4$/m);
    expect(text).toMatch(/^cco_requests_total\{status_class="2xx"\} 4$/m);
    expect(text).toMatch(/^cco_overrides_enabled 1$/m);
    expect(text).toMatch(/^process_resident_memory_bytes \d+/m);
    expect(text).not.toMatch(/person|session|sk-ant/);
  });

  test("full price - cost - avoided equals what the statistics call saved", async () => {
    const text = await (await fetch(`${address}/metrics`)).text();
    const sum = (name: string) => sumMetric(text, name);
    const { totalSaved, totalCost } = await get<MachineStats>("/api/machine/stats");

    expect(sum("cco_cost_usd_total")).toBeCloseTo(totalCost, 6);
    expect(
      sum("cco_cost_full_price_usd_total") - sum("cco_cost_usd_total") - sum("cco_cost_avoided_usd_total"),
    ).toBeCloseTo(totalSaved, 6);
  });

  test("GET /api/stream sends overrides and errors as they happen", async () => {
    const stop = new AbortController();
    const response = await fetch(`${address}/api/stream`, { signal: stop.signal });
    expect(response.headers.get("content-type")).toMatch(/^text\/event-stream/);
    const events: StreamEvent[] = [];
    const reading = readEvents(response, events);
    await eventually(() => expect(events[0]?.event).toBe("analytics"));

    await ask("claude-opus-5-5");
    await ask("mock-overloaded");

    await eventually(() => {
      expect(events.find((one) => one.event === "model_override")?.data).toMatchObject({
        model: "claude-opus-5-5",
        override_to: "claude-haiku-5-5",
      });
      expect(events.find((one) => one.event === "error")?.data).toMatchObject({ status: 529 });
      expect(events.filter((one) => one.event === "analytics").length).toBeGreaterThan(1);
    });
    stop.abort();
    await reading;
  });

  test("errors of /api have the contract's shape", async () => {
    const response = await fetch(`${address}/api/overrides/stats`, { method: "POST" });

    expect(response.status).toBe(405);
    expect(await response.json()).toEqual({
      error: expect.any(String),
      code: "INVALID_REQUEST",
      timestamp: expect.stringMatching(/^\d{4}-.*Z$/),
      details: expect.any(Object),
    });
  });

  test("no response has a CORS header", async () => {
    for (const path of ["/health", "/api/machine/stats", "/metrics"]) {
      const response = await fetch(`${address}${path}`, { headers: { origin: "https://elsewhere.example" } });
      expect(response.headers.get("access-control-allow-origin"), path).toBeNull();
    }
  });
});

describe("WS /terminal", () => {
  const terminal = (headers: Record<string, string> = {}) =>
    new WebSocket(`${address.replace("http", "ws")}/terminal`, { headers });
  const talk = (commands: string[]) =>
    new Promise<{ outputs: string[]; code: number }>((resolve, reject) => {
      const outputs: string[] = [];
      const socket = terminal();
      socket.on("open", () => {
        for (const command of commands) socket.send(command);
      });
      socket.on("message", (data) => {
        const message: { type: string; content: string } = JSON.parse(String(data));
        expect(message.type).toBe("output");
        outputs.push(message.content);
      });
      socket.on("close", (code) => resolve({ outputs, code }));
      socket.on("error", reject);
    });

  test("answers the six commands, as text and as JSON, and refuses others", async () => {
    const json = (command: string) => JSON.stringify({ type: "command", command });
    const { outputs, code } = await talk([
      "help",
      json("cache stats"),
      json("cache clear"),
      "stats",
      "overrides",
      "ls; id",
      json("$(id)"),
      "{broken",
      "constructor",
      '{"command":"help","command":"stats"}',
      "exit",
    ]);

    expect(code).toBe(1000);
    expect(outputs).toHaveLength(11);
    expect(outputs[9]).toBe("command: This is given more than once.");
    for (const command of ["help", "cache stats", "cache clear", "stats", "overrides", "exit"])
      expect(outputs[0]).toContain(command);
    const spans =
      /^Since the first day of this installation:\nCache hits: 0\n[\s\S]*\nSince the proxy started:\n[\s\S]*\nAt this moment:\nStored answers/;
    expect(outputs[1]).toMatch(spans);
    for (const output of outputs.slice(3, 5)) expect(output).toMatch(/^Since the first day of this installation:\n/);
    expect(outputs[2]).toMatch(/takes a sign-in/);
    expect(outputs[3]).toMatch(/Requests: \d+/);
    expect(outputs[4]).toMatch(/claude-opus-5-5 → claude-haiku-5-5: \d+/);
    for (const output of outputs.slice(5, 9)) expect(output).toBe("Unknown command. Type help for the commands.");
  });

  test("refuses other web sites, other paths and oversized messages", async () => {
    const refusal = (socket: WebSocket) =>
      new Promise<string>((resolve) => {
        socket.on("error", (error) => resolve(error.message));
        socket.on("close", (code) => resolve(String(code)));
      });
    expect(await refusal(terminal({ origin: "https://elsewhere.example" }))).toMatch(/403/);
    const large = terminal();
    large.on("open", () => large.send("x".repeat(10_000)));
    expect(await refusal(large)).toMatch(/1009|1006/);
  });
});

describe("the old endpoints after changes", () => {
  test("show the requested model when overrides are switched off on disk, and count nothing", async () => {
    writeFileSync(rulesFile, rules(false));
    await eventually(async () =>
      expect(await get("/api/overrides/stats")).toEqual({
        total_overrides: 0,
        overrides_enabled: false,
        message: "Model overrides are not enabled",
      }),
    );
    expect(await get("/health")).toMatchObject({ overrides_enabled: false });
    writeFileSync(rulesFile, rules(true));
    await eventually(async () => expect(await get("/health")).toMatchObject({ overrides_enabled: true }));
  });

  test("report a broken file while the last good rules serve", async () => {
    writeFileSync(rulesFile, "[overrides\n");
    await eventually(async () => {
      const health = await get("/health");
      expect(health).toMatchObject({ status: "ok", overrides_enabled: true, override_rules: 1 });
      expect(health.rules_problem).toMatch(/rules\.toml:\d+/);
    });
    writeFileSync(rulesFile, rules(true));
    await eventually(async () => expect((await get("/health")).rules_problem).toBeNull());
  });

  test("show subscription traffic as plan value, never as spend or saving", async () => {
    const before = await get<MachineStats & { totalPlanValue: number }>("/api/machine/stats");
    const beforeOverrides = await get("/api/overrides/stats");
    const subscription = { authorization: "Bearer sk-ant-oat01-plan", "x-api-key": "" };
    expect(await ask("claude-opus-5-5", "plan", subscription)).toBe(200);
    expect(await ask("claude-sonnet-5-5", "plan", subscription)).toBe(200);
    await eventually(async () =>
      expect((await get("/api/machine/stats")).totalCalls).toBe(Number(before.totalCalls) + 2),
    );

    const after = await get<typeof before>("/api/machine/stats");
    expect([after.totalCost, after.totalSaved]).toEqual([before.totalCost, before.totalSaved]);
    expect(after.totalPlanValue - before.totalPlanValue).toBeCloseTo(0.003761, 9); // 0.0001886 + 0.003572, to the digits shown
    expect(after.projects.find(({ name }) => name === "plan")).toMatchObject({
      cost: 0,
      planValue: after.totalPlanValue,
    });
    expect(await get("/api/project/stats?project=plan")).toMatchObject({ cost: 0, planValue: after.totalPlanValue });
    expect((await get("/api/overrides/stats")).total_cost_saved).toBe(beforeOverrides.total_cost_saved);
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(sumMetric(metrics, "cco_plan_value_usd_total")).toBeCloseTo(0.0001886 + 0.003572, 9);
    expect(sumMetric(metrics, "cco_cost_usd_total")).toBeCloseTo(after.totalCost, 6);
  });

  test("keep their counts across a restart, with separate names in the metrics", async () => {
    const overrides = Number((await get("/api/overrides/stats")).total_overrides);
    const before = await get("/api/machine/stats");
    await cco.stop();
    await start();

    await eventually(async () => {
      const after = await get("/api/machine/stats");
      expect([after.totalCalls, after.totalCost]).toEqual([before.totalCalls, before.totalCost]);
      expect((await get("/api/overrides/stats")).total_overrides).toBe(overrides);
    });
    const metrics = await (await fetch(`${address}/metrics`)).text();
    expect(sumMetric(metrics, "cco_overrides_total")).toBe(0);
    expect(sumMetric(metrics, "cco_installation_overrides_total")).toBe(overrides);
  });
});

async function readEvents(response: Response, events: StreamEvent[]): Promise<void> {
  const decoder = new TextDecoder();
  let text = "";
  try {
    for await (const chunk of response.body ?? []) {
      text += decoder.decode(chunk, { stream: true });
      const parts = text.split("\n\n");
      text = parts.pop() ?? "";
      for (const part of parts) {
        const event = /^event: (.+)$/m.exec(part)?.[1];
        const data = /^data: (.+)$/m.exec(part)?.[1];
        if (event !== undefined && data !== undefined) events.push({ event, data: JSON.parse(data) });
      }
    }
  } catch {
    // Aborted by the test.
  }
}
