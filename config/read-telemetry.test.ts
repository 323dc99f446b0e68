import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";
import { readProxyEnv } from "./read-env.ts";

const ENDPOINT = { OTEL_EXPORTER_OTLP_ENDPOINT: "https://collector.example:4318" };

function read(env: Record<string, string>) {
  const reading = readProxyEnv(env);
  if (!reading.ok) throw new Error(reading.mistakes.map(({ message }) => message).join("\n"));
  return reading.settings;
}

function mistakesIn(env: Record<string, string>): string[] {
  const reading = readProxyEnv(env);
  return reading.ok ? [] : reading.mistakes.map(({ message }) => message);
}

describe("telemetry", () => {
  it("is off without an endpoint, also with mistakes in the other variables", () => {
    expect(read({}).telemetry).toBeNull();
    expect(read({ OTEL_TRACES_EXPORTER: "console", OTEL_TRACES_SAMPLER_ARG: "many" }).telemetry).toBeNull();
  });

  it("is on with an endpoint alone: one of a hundred requests traced, metrics each minute", () => {
    expect(read(ENDPOINT).telemetry).toMatchObject({
      serviceName: "cco",
      headers: {},
      sendsTraces: true,
      sendsMetrics: true,
      followsCaller: true,
      sampledShare: 0.01,
      metricsEveryMs: 60_000,
      latestGenAi: false,
    });
  });

  it("is off again with OTEL_SDK_DISABLED, and where nothing is to be sent", () => {
    expect(read({ ...ENDPOINT, OTEL_SDK_DISABLED: "True" }).telemetry).toBeNull();
    expect(read({ ...ENDPOINT, OTEL_SDK_DISABLED: "false" }).telemetry).not.toBeNull();
    expect(read({ OTEL_SDK_DISABLED: "1" }).telemetry).toBeNull();
    expect(read({ ...ENDPOINT, OTEL_TRACES_EXPORTER: "none", OTEL_METRICS_EXPORTER: "none" }).telemetry).toBeNull();
  });

  it("reads names, headers and samplers as the specification writes them", () => {
    const { telemetry } = read({
      ...ENDPOINT,
      OTEL_EXPORTER_OTLP_HEADERS: "authorization=Bearer%20abc,x-scope=one=two",
      OTEL_RESOURCE_ATTRIBUTES: "service.name=proxy,team=a%2Cb",
      OTEL_TRACES_SAMPLER: "traceidratio",
      OTEL_TRACES_SAMPLER_ARG: "0.5",
      OTEL_SEMCONV_STABILITY_OPT_IN: "http,gen_ai_latest_experimental",
    });

    expect(telemetry).toMatchObject({
      headers: { authorization: "Bearer abc", "x-scope": "one=two" },
      serviceName: "proxy",
      resource: { team: "a,b" },
      followsCaller: false,
      sampledShare: 0.5,
      latestGenAi: true,
    });
    expect(read({ ...ENDPOINT, OTEL_TRACES_SAMPLER: "always_on" }).telemetry?.sampledShare).toBe(1);
  });

  it("takes its headers from a file", () => {
    const file = join(scratchFolder(), "headers");
    writeFileSync(file, "x-token=secret\n", { mode: 0o600 });

    expect(read({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS_FILE: file }).telemetry?.headers).toEqual({
      "x-token": "secret",
    });
  });

  it.each([
    ["OTEL_EXPORTER_OTLP_PROTOCOL", "grpc"],
    ["OTEL_SDK_DISABLED", "1"],
    ["OTEL_SDK_DISABLED", "yes"],
    ["OTEL_TRACES_EXPORTER", "console"],
    ["OTEL_METRICS_EXPORTER", "prometheus"],
    ["OTEL_TRACES_SAMPLER", "jaeger_remote"],
    ["OTEL_TRACES_SAMPLER_ARG", "1.5"],
    ["OTEL_TRACES_SAMPLER_ARG", "some"],
    ["OTEL_METRIC_EXPORT_INTERVAL", "10"],
    ["OTEL_RESOURCE_ATTRIBUTES", "novalue"],
    ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
  ])("refuses %s=%s and says what to write", (name, value) => {
    const mistakes = mistakesIn({ ...ENDPOINT, [name]: value });

    expect(mistakes).toHaveLength(1);
    expect(mistakes[0]).toContain(name);
  });

  it("never shows a credential in a refusal", () => {
    const inAddress = mistakesIn({ OTEL_EXPORTER_OTLP_ENDPOINT: "https://user:hunter22@collector.example" });
    const inHeaders = mistakesIn({ ...ENDPOINT, OTEL_EXPORTER_OTLP_HEADERS: "hunter22" });

    expect([...inAddress, ...inHeaders]).toHaveLength(2);
    expect([...inAddress, ...inHeaders].join()).not.toContain("hunter22");
  });

  it("warns of headers that would travel in plain text to another machine", () => {
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: "http://collector.example:4318", OTEL_EXPORTER_OTLP_HEADERS: "a=b" };

    expect(read(env).warnings.join()).toContain("in plain text");
    expect(read({ ...env, OTEL_EXPORTER_OTLP_ENDPOINT: "http://127.0.0.1:4318" }).warnings).toEqual([]);
  });
});
