import type { Log } from "../process/log.ts";

const WARNING_EVERY_MS = 60_000;

/** What an exporter of either kind takes: a batch, and a function that is called with how it ended. */
interface Exporter<Batch> {
  export(batch: Batch, done: (result: { code: number; error?: Error }) => void): void;
}

/**
 * Says in the log that telemetry does not arrive: a line a minute at most, for traces and metrics together. What a collector
 * answers is never shown, only its status.
 */
export class DeliveryLog {
  private failures = 0;
  private dropped = 0;
  private quietUntil = Number.NEGATIVE_INFINITY;
  private readonly log: Pick<Log, "warn">;
  private readonly to: string;
  private readonly nowTick: () => number;

  constructor(log: Pick<Log, "warn">, endpoint: URL, nowTick: () => number) {
    this.log = log;
    this.to = endpoint.origin;
    this.nowTick = nowTick;
  }

  /** Has an exporter report here what becomes of its batches. */
  follow<Batch>(signal: "traces" | "metrics", exporter: Exporter<Batch>): void {
    const send = exporter.export.bind(exporter);
    exporter.export = (batch, done) =>
      send(batch, (result) => {
        if (result.code !== 0) this.failed(signal, result.error);
        done(result);
      });
  }

  /** Notes spans that found no room among those that wait. */
  noteDropped(spans: number): void {
    this.dropped += spans;
    this.say("traces", "more spans than can wait");
  }

  private failed(signal: string, problem: Error | undefined): void {
    this.failures++;
    this.say(signal, describe(problem));
  }

  private say(signal: string, problem: string): void {
    const now = this.nowTick();
    if (now < this.quietUntil) return;
    this.quietUntil = now + WARNING_EVERY_MS;
    const { failures, dropped, to } = this;
    this.failures = 0;
    this.dropped = 0;
    this.log.warn({ to, signal, problem, failures, dropped }, "telemetry is not delivered; traffic is not affected");
  }
}

/** The status or the code of the system; never a text that came from outside. */
function describe(problem: Error | undefined): string {
  const code: unknown = problem === undefined ? null : Reflect.get(problem, "code");
  if (typeof code === "number") return `the collector answered ${code}`;
  if (typeof code === "string" && /^[A-Z_]{3,40}$/.test(code)) return code;
  return /timed? ?out/i.test(problem?.message ?? "")
    ? "the collector did not answer in time"
    : "the collector did not answer, or asked to be tried again later";
}
