import { connectionFault } from "#core/connection-fault.ts";
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
    this.say("traces", { problem: "more spans than can wait", fix: "lower OTEL_TRACES_SAMPLER_ARG" });
  }

  private failed(signal: string, problem: Error | undefined): void {
    this.failures++;
    this.say(signal, describe(problem));
  }

  private say(signal: string, { problem, fix }: Described): void {
    const now = this.nowTick();
    if (now < this.quietUntil) return;
    this.quietUntil = now + WARNING_EVERY_MS;
    const { failures, dropped, to } = this;
    this.failures = 0;
    this.dropped = 0;
    this.log.warn(
      { to, signal, problem, fix, failures, dropped },
      "telemetry is not delivered; traffic is not affected",
    );
  }
}

interface Described {
  problem: string;
  fix: string;
}

const CHECK_ENDPOINT = "check OTEL_EXPORTER_OTLP_ENDPOINT";
const FIXES: Readonly<Record<number, string>> = {
  401: "check the token in OTEL_EXPORTER_OTLP_HEADERS",
  403: "check the token in OTEL_EXPORTER_OTLP_HEADERS",
  404: `${CHECK_ENDPOINT}: a collector takes OTLP over HTTP on port 4318`,
  405: `${CHECK_ENDPOINT}: a collector takes OTLP over HTTP on port 4318`,
  413: "raise the limit of the collector",
  415: `${CHECK_ENDPOINT}: a collector takes OTLP over HTTP on port 4318`,
};

/** The status, or what the code of the system means; never a text that came from outside. */
function describe(problem: Error | undefined): Described {
  const code: unknown = problem === undefined ? null : Reflect.get(problem, "code");
  if (typeof code === "number")
    return { problem: `the collector answered ${code}`, fix: FIXES[code] ?? "look into the log of the collector" };
  const fault = connectionFault(problem);
  if (fault !== null) {
    const name = typeof code === "string" && CODE.test(code) ? ` (${code})` : "";
    return { problem: `the collector ${fault.what}${name}`, fix: `${CHECK_ENDPOINT}: ${fault.fix}` };
  }
  if (typeof code === "string" && CODE.test(code)) return { problem: code, fix: CHECK_ENDPOINT };
  return /timed? ?out/i.test(problem?.message ?? "")
    ? { problem: "the collector did not answer in time", fix: `${CHECK_ENDPOINT}, and whether the collector keeps up` }
    : {
        problem: "the collector did not answer, or asked to be tried again later",
        fix: `${CHECK_ENDPOINT}, and the log of the collector`,
      };
}

const CODE = /^[A-Z_]{3,40}$/;
