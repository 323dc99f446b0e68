import { Histogram, Registry } from "prom-client";
import { describe, expect, it } from "vitest";
import { QuickHistogram, QuickSummary } from "./quick-metrics.ts";

describe("the cheap metrics", () => {
  it("writes a histogram exactly as the library does", async () => {
    const [own, library] = [new Registry(), new Registry()];
    const bounds = [0.1, 0.5, 2];
    const quick = new QuickHistogram(own, "h", "A histogram", bounds);
    const slow = new Histogram({ name: "h", help: "A histogram", buckets: bounds, registers: [library] });

    for (const value of [0.05, 0.1, 0.3, 1, 7]) {
      quick.observe(value);
      slow.observe(value);
    }

    expect(await own.metrics()).toBe(await library.metrics());
  });

  it("reports sum, count and median of the samples of the last five minutes", async () => {
    const registry = new Registry();
    const summary = new QuickSummary(registry, "cco_api_latency", "Seconds");
    const now = performance.now();
    summary.observe(1_000, now - 400_000);
    for (let i = 1; i <= 100; i++) summary.observe(i, now);

    const text = await registry.metrics();

    expect(text).toContain('cco_api_latency{quantile="0.5"} 51');
    expect(text).toContain('cco_api_latency{quantile="0.99"} 100');
    expect(text).toContain("cco_api_latency_sum 6050");
    expect(text).toContain("cco_api_latency_count 101");
  });

  it("reports zero before the first sample", async () => {
    const registry = new Registry();
    new QuickSummary(registry, "s", "Nothing yet");

    expect(await registry.metrics()).toContain('s{quantile="0.5"} 0');
  });
});
