// Long because each way a collector can fail is tried on a separate proxy.

import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { type OtlpReceiver, startOtlpReceiver } from "#tests/support/otlp-receiver.ts";
import { clearAway, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const TOKEN_MARK = "COLLECTOR-TOKEN-4f2a";
const ANSWER_MARK = "ANSWER-OF-COLLECTOR-88";
const PARENT = `00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01`;

let upstream: ScriptedUpstream;
let collector: OtlpReceiver;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  collector = await startOtlpReceiver();
});
afterAll(async () => {
  await collector.close();
  await upstream.close();
});

/** A proxy that traces everything and sends its metrics each second. */
async function start(endpoint: string | null, env: Record<string, string> = {}): Promise<ProxyProcess> {
  const telemetry: Record<string, string> = endpoint === null ? {} : { OTEL_EXPORTER_OTLP_ENDPOINT: endpoint };
  const proxy = await startProxy({
    upstreamUrl: upstream.url,
    rules: ONE_RULE,
    env: {
      ...telemetry,
      OTEL_EXPORTER_OTLP_HEADERS: `x-token=${TOKEN_MARK}`,
      OTEL_TRACES_SAMPLER: "always_on",
      OTEL_METRIC_EXPORT_INTERVAL: "1000",
      ...env,
    },
  });
  onTestFinished(() => clearAway(proxy));
  return proxy;
}

const ask = (proxy: ProxyProcess, headers: Record<string, string> = {}) =>
  freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-ant-test",
      "anthropic-version": "2023-06-01",
      ...headers,
    },
    body: JSON.stringify({ model: "claude-opus-5-5", max_tokens: 9, messages: [{ role: "user", content: "hi" }] }),
  });

async function askMany(proxy: ProxyProcess, count: number): Promise<number[]> {
  const statuses: number[] = [];
  for (let asked = 0; asked < count; asked += 20)
    statuses.push(...(await Promise.all(Array.from({ length: 20 }, () => ask(proxy)))).map(({ status }) => status));
  return statuses;
}

const warnings = (proxy: ProxyProcess): string[] =>
  proxy
    .output()
    .split("\n")
    .filter((line) => line.includes("telemetry is not delivered"));

/** A port on which connections are taken and nothing is ever said. */
async function startSilent(): Promise<{ url: string; server: Server }> {
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    socket.on("error", () => {});
    socket.resume();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const address = server.address();
  return { url: `http://127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`, server };
}

describe("a collector", () => {
  it.each([
    ["answers 500", 500],
    ["answers 413", 413],
    ["is another service, which answers 404", 404],
    ["sends elsewhere", 307],
  ])("that %s costs no request and one warning, which shows nothing it said", async (_how, status) => {
    collector.answer = (response) => response.writeHead(status, { location: "/x" }).end(ANSWER_MARK);
    onTestFinished(() => {
      collector.answer = null;
    });
    const before = collector.requests;
    const proxy = await start(collector.url);

    const statuses = await askMany(proxy, 100);
    await until(() => collector.requests - before >= 3);
    await until(() => warnings(proxy).length > 0);

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(warnings(proxy)).toHaveLength(1);
    expect(warnings(proxy)[0]).toContain(`the collector answered ${status}`);
    for (const mark of [ANSWER_MARK, TOKEN_MARK]) expect(proxy.output()).not.toContain(mark);
  });

  it("that is away costs no request, and ends no start", async () => {
    const proxy = await start("http://127.0.0.1:9");

    expect(new Set(await askMany(proxy, 100))).toEqual(new Set([200]));
    expect(await proxy.events(100)).toHaveLength(100);
  });

  it("that is away and comes back gets the sums of all that time", async () => {
    const first = await startOtlpReceiver();
    const { url, port } = first;
    await first.close();
    const proxy = await start(url);

    await askMany(proxy, 20);
    const back = await startOtlpReceiver(port);
    onTestFinished(() => back.close());

    const sum = () =>
      back
        .points()
        .filter(({ name }) => name === "cco.requests")
        .reduce((all, point) => all + point.sum, 0);
    await until(() => sum() === 20);
    expect(sum()).toBe(20);
  });

  it("that says nothing does not hold up requests, memory or the end of the process", async () => {
    const silent = await startSilent();
    const proxy = await start(silent.url);
    // 1,500 requests are 13,500 spans: from here on those that may wait do wait, and the rest is dropped.
    await askMany(proxy, 1_500);
    const memoryBefore = residentBytes(proxy.pid);

    const statuses = await askMany(proxy, 3_000);
    const grownBytes = residentBytes(proxy.pid) - memoryBefore;
    const begunTick = performance.now();
    const code = await proxy.stop();
    const tookMs = performance.now() - begunTick;
    const other = await start(null);
    await ask(other);
    const otherTick = performance.now();
    await other.stop();
    const usualMs = performance.now() - otherTick;

    expect(new Set(statuses)).toEqual(new Set([200]));
    expect(grownBytes).toBeLessThan(45 * 1024 * 1024);
    expect(code).toBe(0);
    // Without its limit the end would wait for the 10 s of each export that waits.
    expect(tookMs - usualMs).toBeLessThan(9_000);
  });
});

describe("the end of the process", () => {
  it("sends what waits", async () => {
    const own = await startOtlpReceiver();
    onTestFinished(() => own.close());
    const proxy = await start(own.url, { OTEL_METRIC_EXPORT_INTERVAL: "3600000" });

    await ask(proxy);
    await proxy.stop();

    expect(own.spans.filter(({ kind }) => kind === 2)).toHaveLength(1);
    expect(own.points().find(({ name }) => name === "cco.requests")).toMatchObject({ sum: 1 });
  });
});

describe("two workers", () => {
  it("each send what they carried, under their own names", async () => {
    const own = await startOtlpReceiver();
    onTestFinished(() => own.close());
    const proxy = await start(own.url, { CCO_WORKERS: "2" });

    const requests = () => own.points().filter(({ name }) => name === "cco.requests");
    let asked = 0;
    await until(async () => {
      asked += (await askMany(proxy, 20)).length;
      return new Set(requests().map(({ resource }) => resource["service.instance.id"])).size === 2;
    });
    await until(() => requests().reduce((all, point) => all + point.sum, 0) === asked);

    const resources = requests().map(({ resource }) => resource);
    expect(new Set(resources.map((resource) => resource["cco.instance.id"])).size).toBe(1);
    expect(new Set(resources.map((resource) => resource["cco.worker"])).size).toBe(2);
  });
});

describe("telemetry that is off", () => {
  it("loads nothing of it, and what is on does", async () => {
    const [off, on] = [await scriptsLoaded(null), await scriptsLoaded(collector.url)];

    for (const scripts of [off, on]) expect(scripts).toContain("proxy.mjs");
    expect(off).not.toContain("telemetry.mjs");
    expect(on).toContain("telemetry.mjs");
    expect(readFileSync("dist/proxy.mjs", "utf8")).not.toMatch(/BatchSpanProcessor|OTLPTraceExporter/);
  });

  it("leaves the log of requests with the caller's trace, and with none of a caller without one, as the howto says", async () => {
    const proxy = await start(null, { CCO_LOG_REQUESTS: "1" });

    await ask(proxy, { traceparent: PARENT });
    await ask(proxy);
    const lines = await until(() => {
      const ended = proxy.output().match(/^.*request ended.*$/gm) ?? [];
      return ended.length === 2 && ended.map((line) => JSON.parse(line));
    });

    expect(lines).toMatchObject([
      { traceId: PARENT.split("-")[1], status: 200 },
      { traceId: null, status: 200 },
    ]);
    expect(readFileSync("docs/howto/opentelemetry.md", "utf8")).toContain("is traced; else `null`");
  });

  it("is what OTEL_SDK_DISABLED makes of it", async () => {
    const before = collector.requests;
    const proxy = await start(collector.url, { OTEL_SDK_DISABLED: "true" });

    await ask(proxy);
    await proxy.stop();

    expect(collector.requests).toBe(before);
  });
});

describe("the provider", () => {
  it("gets the same request with telemetry and without it, the caller's traceparent as it came", async () => {
    const [off, on] = [await start(null), await start(collector.url)];
    const arrivedBefore = upstream.arrived.length;

    for (const proxy of [off, on]) await ask(proxy, { traceparent: PARENT, tracestate: "a=b" });
    for (const proxy of [off, on]) await ask(proxy);
    const [first, second, third, fourth] = upstream.arrived.slice(arrivedBefore);

    expect(first?.headers).toMatchObject({ traceparent: PARENT, tracestate: "a=b" });
    expect(second?.rawHeaders).toEqual(first?.rawHeaders);
    expect(second?.body).toEqual(first?.body);
    expect(fourth?.rawHeaders).toEqual(third?.rawHeaders);
    expect(third?.headers.traceparent).toBeUndefined();
  });
});

const residentBytes = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;

/** Names of the files that a proxy had loaded by its end, after one request. Node lists them with what it covered. */
async function scriptsLoaded(endpoint: string | null): Promise<string[]> {
  const folder = scratchFolder();
  const proxy = await start(endpoint, { NODE_V8_COVERAGE: folder });
  await ask(proxy);
  await proxy.stop();
  return readdirSync(folder).flatMap((file) => {
    const { result } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { result: { url: string }[] };
    return result.map(({ url }) => url.split("/").at(-1) ?? "");
  });
}
