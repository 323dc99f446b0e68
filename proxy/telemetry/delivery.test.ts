import { describe, expect, it } from "vitest";
import { DeliveryLog } from "./delivery.ts";

/** A log that remembers, on a clock that the test moves. */
function startLog() {
  const lines: Record<string, unknown>[] = [];
  const clock = { tick: 0 };
  const log = { warn: (fields: object) => void lines.push(fields as Record<string, unknown>) };
  const delivery = new DeliveryLog(log, new URL("https://collector.example/x?y"), () => clock.tick);
  const exporter = {
    export: (batch: Error | null, done: (result: { code: number; error?: Error }) => void) =>
      batch === null ? done({ code: 0 }) : done({ code: 1, error: batch }),
  };
  delivery.follow("traces", exporter);
  const fail = (problem: Error) => exporter.export(problem, () => {});
  return { lines, clock, delivery, exporter, fail };
}

describe("DeliveryLog", () => {
  it("says once a minute that nothing arrives, and how often since", () => {
    const { lines, clock, delivery, fail } = startLog();
    for (let time = 0; time < 10; time++) fail(Object.assign(new Error(), { code: "ECONNREFUSED" }));
    delivery.noteDropped(40);
    clock.tick = 59_999;
    fail(new Error());
    clock.tick = 60_000;
    fail(Object.assign(new Error(), { code: 503 }));

    expect(lines).toEqual([
      {
        to: "https://collector.example",
        signal: "traces",
        problem: "the collector refuses the connection (ECONNREFUSED)",
        fix: "check OTEL_EXPORTER_OTLP_ENDPOINT: is it running, and is the port right?",
        failures: 1,
        dropped: 0,
      },
      {
        to: "https://collector.example",
        signal: "traces",
        problem: "the collector answered 503",
        fix: "look into the log of the collector",
        failures: 11,
        dropped: 40,
      },
    ]);
  });

  it("shows no word of what a collector answers", () => {
    const { lines, fail } = startLog();
    fail(new Error("token abc of jane@example.com"));

    expect(JSON.stringify(lines)).not.toMatch(/abc|jane/);
  });

  it("reports to the SDK how each delivery ended", () => {
    const { exporter } = startLog();
    const codes: number[] = [];
    for (const batch of [null, new Error()]) exporter.export(batch, ({ code }) => codes.push(code));

    expect(codes).toEqual([0, 1]);
  });
});
