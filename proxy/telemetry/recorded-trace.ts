import { performance } from "node:perf_hooks";
import type { TraceParent } from "#core/protocol/traceparent.ts";
import type { RequestTrace, Step, TracedRequest } from "./telemetry.ts";

/** A part of a request: a step of the proxy, or a request to the provider. It lasts until the next one begins. */
export type Part =
  | { kind: "step"; name: Step; tick: number }
  | { kind: "send"; model: string | null; tick: number; answer: { status: number; tick: number } | null };

/** The moments of one request, of which `spans.ts` makes spans. Ticks are of the monotonic clock, in milliseconds. */
export interface Recorded {
  readonly method: string;
  readonly parent: TraceParent | null;
  readonly startedAtMs: number;
  readonly startedTick: number;
  readonly parts: readonly Part[];
}

/** Collects the moments of one request; spans are made of them at its end, away from the caller's wait. */
export class RecordedTrace implements RequestTrace, Recorded {
  readonly parts: Part[] = [];
  readonly startedTick = performance.now();
  readonly method: string;
  readonly parent: TraceParent | null;
  readonly startedAtMs: number;
  private readonly sendTrace: (recorded: Recorded, request: TracedRequest) => string;

  constructor(
    begun: { method: string; parent: TraceParent | null; startedAtMs: number },
    sendTrace: (recorded: Recorded, request: TracedRequest) => string,
  ) {
    this.method = begun.method;
    this.parent = begun.parent;
    this.startedAtMs = begun.startedAtMs;
    this.sendTrace = sendTrace;
  }

  step(name: Step): void {
    this.parts.push({ kind: "step", name, tick: performance.now() });
  }

  send(model: string | null): void {
    this.parts.push({ kind: "send", model, tick: performance.now(), answer: null });
  }

  answered(status: number): void {
    const last = this.parts.at(-1);
    if (last?.kind === "send") last.answer ??= { status, tick: performance.now() };
  }

  end(request: TracedRequest): string {
    return this.sendTrace(this, request);
  }
}
