import type { RequestEvent } from "#core/activity/request-event.ts";
import { shownKind, shownModel } from "#core/activity/shown-names.ts";
import { Histogram } from "./histogram.ts";

/** Seconds, doubling from 10 ms to 82 s, as the conventions have them. */
const DURATION_BOUNDS = Array.from({ length: 14 }, (_, power) => 0.01 * 2 ** power);
const FIRST_CHUNK_BOUNDS = [0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10];
export const CHUNK_BOUNDS = [0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5];
/** Tokens, fourfold from 1 to 67 million. */
const TOKEN_BOUNDS = Array.from({ length: 14 }, (_, power) => 4 ** power);

/** Names of models kept apart in one place of a label; callers can invent more. */
const NAMES_MAX = 100;
const SERIES_MAX = 500;
/** Spellings that lead to a series without being looked at again. */
const KEYS_MAX = 2_000;
/** The key of what finds no room; no attributes are written so. */
const REST = "rest";

/** Nano-dollars that a number adds up without rounding, with room for another request. */
const EXACT_MAX = 2 ** 52;

/** A sum of money, exact at any size. Adding to a `bigint` at every request would cost more than all other sums. */
export class MoneySum {
  private recent = 0;
  private earlier = 0n;

  add(nanoUsd: string): void {
    this.recent += Number(nanoUsd);
    if (Math.abs(this.recent) < EXACT_MAX) return;
    this.earlier += BigInt(this.recent);
    this.recent = 0;
  }

  get nanoUsd(): bigint {
    return this.earlier + BigInt(this.recent);
  }
}

/** Sums of the requests that have the same models, ending and billing. */
export class Series {
  readonly duration = new Histogram(DURATION_BOUNDS);
  readonly firstChunk = new Histogram(FIRST_CHUNK_BOUNDS);
  readonly perChunk = new Histogram(CHUNK_BOUNDS);
  readonly inputPerRequest = new Histogram(TOKEN_BOUNDS);
  readonly outputPerRequest = new Histogram(TOKEN_BOUNDS);
  inputTokens = 0;
  outputTokens = 0;
  cacheReadTokens = 0;
  cacheWriteTokens = 0;
  requests = 0;
  readonly cost = new MoneySum();
  readonly saved = new MoneySum();
  readonly avoided = new MoneySum();
  readonly planValue = new MoneySum();
  readonly attributes: Readonly<Record<string, string | number | boolean>>;

  constructor(attributes: Readonly<Record<string, string | number | boolean>>) {
    this.attributes = attributes;
  }
}

/** The series of this process. Their number is bounded, since callers can invent names: the rest is counted together. */
export class GenAiSeries {
  private readonly series = new Map<string, Series>();
  /** By the words as they are in events. */
  private readonly byKey = new Map<string, Series>();
  private readonly names = new Set<string>();
  private last: { event: RequestEvent; series: Series } | null = null;
  private readonly fixed: Readonly<Record<string, string | number>>;

  /** `fixed`: attributes of every series. */
  constructor(fixed: Readonly<Record<string, string | number>>) {
    this.fixed = fixed;
  }

  all(): IterableIterator<Series> {
    return this.series.values();
  }

  /** The series an event belongs to. Most follow one of the same kind. */
  of(event: RequestEvent): Series {
    if (this.last === null || !isOfOneKind(this.last.event, event)) this.last = { event, series: this.look(event) };
    return this.last.series;
  }

  private look(event: RequestEvent): Series {
    const { servedModel, answeredModel, requestedModel, ended, cache, billingMode, decision } = event;
    const kind = toErrorKind(event);
    const key = `${servedModel}\n${answeredModel}\n${requestedModel}\n${ended}\n${cache}\n${billingMode}\n${decision}\n${kind}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const found = this.find({
      ...this.fixed,
      ...(servedModel === null ? {} : { "gen_ai.request.model": this.bounded(servedModel) }),
      ...(answeredModel === null ? {} : { "gen_ai.response.model": this.bounded(answeredModel) }),
      ...(requestedModel === null ? {} : { "cco.requested_model": this.bounded(requestedModel) }),
      "cco.ended": ended,
      "cco.decision": decision,
      "cco.cache.result": cache,
      "cco.billing_mode": billingMode,
      ...(kind === null ? {} : { "error.type": kind }),
    });
    if (this.byKey.size < KEYS_MAX) this.byKey.set(key, found);
    return found;
  }

  private find(attributes: Readonly<Record<string, string | number | boolean>>): Series {
    const text = JSON.stringify(attributes);
    const known = this.series.get(text);
    if (known !== undefined) return known;
    if (this.series.size >= SERIES_MAX) return this.rest();
    const created = new Series(attributes);
    this.series.set(text, created);
    return created;
  }

  private rest(): Series {
    const known = this.series.get(REST);
    if (known !== undefined) return known;
    const created = new Series({ ...this.fixed, "otel.metric.overflow": true });
    this.series.set(REST, created);
    return created;
  }

  private bounded(name: string): string {
    const shown = shownModel(name);
    if (this.names.size >= NAMES_MAX && !this.names.has(shown)) return "other";
    this.names.add(shown);
    return shown;
  }
}

const isOfOneKind = (a: RequestEvent, b: RequestEvent): boolean =>
  a.servedModel === b.servedModel &&
  a.answeredModel === b.answeredModel &&
  a.requestedModel === b.requestedModel &&
  a.ended === b.ended &&
  a.cache === b.cache &&
  a.billingMode === b.billingMode &&
  a.decision === b.decision &&
  a.errorType === b.errorType &&
  a.status === b.status;

/** What kind of error a request ended with, in a word; null for none. A caller who left is none. */
export function toErrorKind({ errorType, status, ended }: RequestEvent): string | null {
  if (errorType !== null) return shownKind(errorType);
  if (ended === "truncated") return "truncated";
  return ended === "error" ? String(status) : null;
}
