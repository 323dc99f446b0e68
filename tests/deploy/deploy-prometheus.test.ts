import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { type Mock, startMock } from "#mock/server.ts";
import { promtool, startPrometheus } from "#tests/support/prometheus.ts";
import { clearAway, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";

const TOKEN = "scraper-token";
const folder = join(import.meta.dirname, "../../deploy");
const alerts = join(folder, "prometheus/cco-alerts.yml");
const dashboardText = readFileSync(join(folder, "grafana/cco.json"), "utf8");
const scratch = mkdtempSync(join(tmpdir(), "cco-prometheus-"));

interface Rule {
  alert?: string;
  record?: string;
  expr: string;
}
const groups: { name: string; rules: Rule[] }[] = parse(readFileSync(alerts, "utf8")).groups;
const rules = groups.flatMap((group) => group.rules);

interface Panel {
  title: string;
  targets?: { expr: string }[];
}
const dashboard: { panels: Panel[]; annotations: { list: { expr: string }[] } } = JSON.parse(dashboardText);
/** Queries as Grafana sends them, its variables filled in. */
const queries = [
  ...dashboard.panels.flatMap(({ title, targets = [] }) => targets.map(({ expr }) => ({ title, expr }))),
  ...dashboard.annotations.list.map(({ expr }) => ({ title: "annotation", expr })),
].map(({ title, expr }) => ({ title, expr: expr.replaceAll("$__rate_interval", "1m").replaceAll("$instance", ".*") }));

/** Names of series in a query; names with a colon are those of recording rules. */
const namesIn = (expr: string): string[] => expr.match(/\b(?:cco|process|nodejs)[_:][a-z0-9_:]+/g) ?? [];

let mock: Mock;
let proxy: ProxyProcess;
let metrics = "";
let prometheus: Awaited<ReturnType<typeof startPrometheus>>;

beforeAll(async () => {
  mock = await startMock();
  const env = { CCO_PUBLIC_URL: "http://cco.example", CCO_REQUIRE_KEY: "0", CCO_METRICS_TOKEN: TOKEN };
  proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env });
  const headers = { "x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json" };
  const ask = (model: string, mood: string) => {
    const body = JSON.stringify({ model, max_tokens: 9, messages: [{ role: "user", content: "say hi" }] });
    return fetch(`${proxy.url}/v1/messages`, { method: "POST", headers: { ...headers, "x-mock-mood": mood }, body });
  };
  await ask("claude-opus-5-5", "model");
  await ask("a-model-without-a-price", "status-500");
  await ask("a-model-without-a-price", "model");
  const readMetrics = () => fetch(`${proxy.url}/metrics`, { headers: { authorization: `Bearer ${TOKEN}` } });
  metrics = await until(async () => {
    const text = await (await readMetrics()).text();
    return text.includes('status_class="5xx"') && text.includes("cco_overrides_total{") && text;
  });
  copyFileSync(alerts, join(scratch, "cco-alerts.yml"));
  writeFileSync(join(scratch, "token"), TOKEN);
  const configuration = join(scratch, "prometheus.yml");
  const shipped = readFileSync(join(folder, "prometheus/prometheus.yml"), "utf8");
  const placed = shipped
    .replace('"10.77.30.11:3000", "10.77.30.12:3000"', `"127.0.0.1:${proxy.port}"`)
    .replace("/etc/prometheus/cco-metrics-token", join(scratch, "token"))
    .replaceAll("_interval: 15s", "_interval: 1s");
  writeFileSync(configuration, placed);
  execFileSync(promtool(), ["check", "config", configuration], { stdio: "pipe" });
  prometheus = await startPrometheus(scratch, configuration);
});

afterAll(async () => {
  await prometheus?.stop();
  if (proxy !== undefined) await clearAway(proxy);
  await mock?.close();
  rmSync(scratch, { recursive: true, force: true });
});

/** Names that a real `/metrics` declares, with the series of its histograms and summaries. */
function declared(): Set<string> {
  const names = new Set<string>();
  for (const [, name = "", kind] of metrics.matchAll(/^# TYPE (\S+) (\S+)$/gm)) {
    names.add(name);
    if (kind === "summary" || kind === "histogram") for (const part of ["sum", "count"]) names.add(`${name}_${part}`);
    if (kind === "histogram") names.add(`${name}_bucket`);
  }
  for (const { record } of rules) if (record !== undefined) names.add(record);
  return names;
}

describe("the shipped alert rules", () => {
  it("pass promtool's check, and its tests of when each fires", () => {
    const run = (...args: string[]) => execFileSync(promtool(), args, { encoding: "utf8", stdio: "pipe" });

    expect(run("check", "rules", alerts)).toContain(`SUCCESS: ${rules.length} rules found`);
    expect(run("test", "rules", join(folder, "prometheus/cco-alerts.test.yml"))).toContain("SUCCESS");
  });

  it("each have a test in which they fire", () => {
    const tests = readFileSync(join(folder, "prometheus/cco-alerts.test.yml"), "utf8");
    const untested = rules.filter(({ alert }) => alert !== undefined && !new RegExp(`\\b${alert}\\b`).test(tests));

    expect(untested).toEqual([]);
  });

  it("keep the three that operators have, word for word", () => {
    const before = groups.find(({ name }) => name === "cco-as-before")?.rules ?? [];

    expect(before.map(({ expr }) => expr)).toEqual([
      "increase(cco_overrides_total[1h]) == 0",
      "cco_cache_hit_rate < 0.3",
      "cco_api_latency > 5",
    ]);
  });

  it("name only metrics that a running CCO has", () => {
    const known = declared();
    const unknown = rules.flatMap(({ expr }) => namesIn(expr)).filter((name) => !known.has(name));

    expect(unknown).toEqual([]);
  });
});

describe("the shipped dashboard", () => {
  it("names only metrics that a running CCO has", () => {
    const known = declared();
    const unknown = queries.flatMap(({ expr }) => namesIn(expr)).filter((name) => !known.has(name));

    expect(queries.length).toBeGreaterThan(30);
    expect(unknown).toEqual([]);
  });

  it("has panels that do not overlap, each under a different title", () => {
    const places = JSON.parse(dashboardText).panels.map(
      ({ gridPos, title }: { gridPos: { x: number; y: number; w: number; h: number }; title: string }) => ({
        ...gridPos,
        title,
      }),
    );
    const overlapping = places.flatMap((one: (typeof places)[0], at: number) =>
      places
        .slice(at + 1)
        .filter(
          (other: typeof one) =>
            one.x < other.x + other.w &&
            other.x < one.x + one.w &&
            one.y < other.y + other.h &&
            other.y < one.y + one.h,
        )
        .map((other: typeof one) => `${one.title} / ${other.title}`),
    );

    expect(overlapping).toEqual([]);
    expect(new Set(places.map(({ title }: { title: string }) => title)).size).toBe(places.length);
  });
});

describe("Debian's Prometheus", () => {
  it("scrapes a running CCO with the token of the shipped configuration", async () => {
    const up = await until(async () => {
      const { result } = await prometheus.ask<{ result: { value: [number, string] }[] }>("query", { query: "up" });
      return result[0]?.value[1] === "1" && result;
    });

    expect(up).toHaveLength(1);
    expect((await fetch(`${proxy.url}/metrics`, { headers: { authorization: "Bearer wrong" } })).status).toBe(401);
  });

  it("evaluates every rule without an error", async () => {
    const evaluated = await until(async () => {
      const data = await prometheus.ask<{
        groups: { rules: { name: string; health: string; lastError?: string }[] }[];
      }>("rules");
      const all = data.groups.flatMap((group) => group.rules);
      return all.every(({ health }) => health !== "unknown") && all;
    });

    expect(evaluated).toHaveLength(rules.length);
    expect(evaluated.filter(({ health }) => health !== "ok")).toEqual([]);
  });

  it("understands every query of the dashboard, and those about requests have an answer", async () => {
    await until(async () => {
      const query = "count_over_time(cco_requests_total[1m]) >= 3";
      const { result } = await prometheus.ask<{ result: unknown[] }>("query", { query });
      return result.length > 0;
    });
    const answers = new Map<string, number>();
    for (const { title, expr } of queries) {
      const { result } = await prometheus.ask<{ result: unknown[] }>("query", { query: expr });
      answers.set(title, result.length);
    }

    for (const title of ["Requests", "Overrides", "Tokens", "Whole request", "Memory of a process", "Ready"])
      expect(answers.get(title), title).toBeGreaterThan(0);
  });
});
