/*
 * Long because it is one table: an entry per instrument.
 */

import { ValueType } from "@opentelemetry/api";
import { emptyResource } from "@opentelemetry/resources";
import {
  AggregationTemporality,
  type CollectionResult,
  DataPointType,
  type MetricData,
  type MetricProducer,
} from "@opentelemetry/sdk-metrics";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { splitEvent } from "#core/costs/cost-totals.ts";
import { cacheWrites, promptTokens } from "#core/costs/usage.ts";
import { toDollarNumber } from "#core/money/nano-usd.ts";
import { CHUNK_BOUNDS, GenAiSeries, type Series } from "./genai-series.ts";
import { Histogram } from "./histogram.ts";
import type { ChunkTimes } from "./telemetry.ts";

type HrTime = [number, number];
type Attributes = Readonly<Record<string, string | number | boolean>>;

/**
 * One number of a series. It only grows, unless `isFalling`. `isLatest`: sent where the newest conventions were asked for.
 */
interface SumSpec {
  name: string;
  description: string;
  unit: string;
  isLatest?: true;
  isFalling?: true;
  isWhole: boolean;
  attributes?: Attributes;
  read(series: Series): number;
}

interface HistogramSpec {
  name: string;
  description: string;
  unit: string;
  isLatest?: true;
  parts: readonly { attributes?: Attributes; read(series: Series): Histogram }[];
}

const SUMS: readonly SumSpec[] = [
  {
    name: "gen_ai.client.inference.usage.input_tokens",
    description: "Input tokens, those of the provider's prompt cache among them",
    unit: "{token}",
    isLatest: true,
    isWhole: true,
    read: (series) => series.inputTokens,
  },
  {
    name: "gen_ai.client.inference.usage.output_tokens",
    description: "Output tokens",
    unit: "{token}",
    isLatest: true,
    isWhole: true,
    attributes: { "gen_ai.token.modality": "text" },
    read: (series) => series.outputTokens,
  },
  {
    name: "gen_ai.client.inference.usage.cache_read.input_tokens",
    description: "Input tokens read from the provider's prompt cache",
    unit: "{token}",
    isLatest: true,
    isWhole: true,
    read: (series) => series.cacheReadTokens,
  },
  {
    name: "gen_ai.client.inference.usage.cache_write.input_tokens",
    description: "Input tokens written to the provider's prompt cache",
    unit: "{token}",
    isLatest: true,
    isWhole: true,
    read: (series) => series.cacheWriteTokens,
  },
  {
    name: "cco.requests",
    description: "Messages that ended",
    unit: "{request}",
    isWhole: true,
    read: (series) => series.requests,
  },
  {
    name: "cco.cost.usd",
    description: "Cost at list prices",
    unit: "USD",
    isWhole: false,
    read: (series) => toDollarNumber(series.cost.nanoUsd),
  },
  {
    name: "cco.plan_value.usd",
    description: "List-price worth of subscription traffic; never part of the cost",
    unit: "USD",
    isWhole: false,
    read: (series) => toDollarNumber(series.planValue.nanoUsd),
  },
  {
    name: "cco.saved.usd",
    description: "Saved by rules; falls where a rule made a request dearer",
    unit: "USD",
    isFalling: true,
    isWhole: false,
    read: (series) => toDollarNumber(series.saved.nanoUsd),
  },
  {
    name: "cco.avoided.usd",
    description: "Cost avoided by the response cache",
    unit: "USD",
    isWhole: false,
    read: (series) => toDollarNumber(series.avoided.nanoUsd),
  },
];

const HISTOGRAMS: readonly HistogramSpec[] = [
  {
    name: "gen_ai.client.operation.duration",
    description: "Time of a request, from its arrival to the end of its response",
    unit: "s",
    parts: [{ read: ({ duration }) => duration }],
  },
  {
    name: "gen_ai.client.token.usage",
    description: "Tokens of a request",
    unit: "{token}",
    parts: [
      { attributes: { "gen_ai.token.type": "input" }, read: ({ inputPerRequest }) => inputPerRequest },
      { attributes: { "gen_ai.token.type": "output" }, read: ({ outputPerRequest }) => outputPerRequest },
    ],
  },
  {
    name: "gen_ai.client.operation.time_to_first_chunk",
    description: "Time from the arrival of a request to the first part of its streamed response",
    unit: "s",
    isLatest: true,
    parts: [{ read: ({ firstChunk }) => firstChunk }],
  },
  {
    name: "gen_ai.client.operation.time_per_output_chunk",
    description: "Time between two parts of a streamed response",
    unit: "s",
    isLatest: true,
    parts: [{ read: ({ perChunk }) => perChunk }],
  },
];

/** Times between the parts of one stream. */
export class StreamChunks implements ChunkTimes {
  readonly seconds = new Histogram(CHUNK_BOUNDS);
  private lastTick = -1;

  note(tick: number): void {
    if (this.lastTick >= 0) this.seconds.observe((tick - this.lastTick) / 1000);
    this.lastTick = tick;
  }
}

/**
 * GenAI metrics of this process, from the same events that the ledger records, so that sums agree. The SDK's own instruments
 * hash their attributes at every step, which costs a request more than all other metrics together: here a step is an
 * addition, and the SDK collects the sums when it sends.
 */
export class GenAiMetrics implements MetricProducer {
  private readonly series: GenAiSeries;
  private readonly startTime: HrTime = toHrTime(Date.now());
  private readonly scope: { name: string; version: string };
  private readonly isLatest: boolean;

  constructor({ server, version, isLatest }: { server: URL; version: string; isLatest: boolean }) {
    this.series = new GenAiSeries({
      "gen_ai.operation.name": "chat",
      "gen_ai.provider.name": "anthropic",
      "server.address": server.hostname,
      "server.port": toPort(server),
    });
    this.scope = { name: "cco", version };
    this.isLatest = isLatest;
  }

  /** Adds a request that ended. Only messages are operations of a model. */
  count(event: RequestEvent, wasSent: boolean, chunks: ChunkTimes | null): void {
    if (event.endpoint !== "messages") return;
    const series = this.series.of(event);
    series.requests++;
    if (wasSent) this.countOperation(series, event, chunks);
    countTokens(series, event);
    const { cost, saved, avoided, planValue } = splitEvent(event);
    if (cost !== null) series.cost.add(cost);
    if (saved !== null) series.saved.add(saved);
    if (avoided !== null && avoided !== "0") series.avoided.add(avoided);
    if (planValue !== null) series.planValue.add(planValue);
  }

  private countOperation(series: Series, event: RequestEvent, chunks: ChunkTimes | null): void {
    series.duration.observe(event.durationMs / 1000);
    if (event.streamed && event.ttfbMs !== null) series.firstChunk.observe(event.ttfbMs / 1000);
    if (chunks instanceof StreamChunks) series.perChunk.add(chunks.seconds);
  }

  async collect(): Promise<CollectionResult> {
    const endTime = toHrTime(Date.now());
    const all = [...this.series.all()];
    const metrics = all.length === 0 ? [] : [...this.sums(all, endTime), ...this.histograms(all, endTime)];
    const scopeMetrics = metrics.length === 0 ? [] : [{ scope: this.scope, metrics }];
    // The reader puts its resource in.
    return { resourceMetrics: { resource: emptyResource(), scopeMetrics }, errors: [] };
  }

  private sums(all: readonly Series[], endTime: HrTime): MetricData[] {
    const { startTime } = this;
    return SUMS.filter(({ isLatest }) => !isLatest || this.isLatest).map((spec) => ({
      descriptor: {
        name: spec.name,
        description: spec.description,
        unit: spec.unit,
        valueType: spec.isWhole ? ValueType.INT : ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.SUM,
      isMonotonic: spec.isFalling !== true,
      dataPoints: all.map((series) => ({
        startTime,
        endTime,
        attributes: { ...series.attributes, ...spec.attributes },
        value: spec.read(series),
      })),
    }));
  }

  private histograms(all: readonly Series[], endTime: HrTime): MetricData[] {
    const { startTime } = this;
    return HISTOGRAMS.filter(({ isLatest }) => !isLatest || this.isLatest).map((spec) => ({
      descriptor: {
        name: spec.name,
        description: spec.description,
        unit: spec.unit,
        valueType: ValueType.DOUBLE,
      },
      aggregationTemporality: AggregationTemporality.CUMULATIVE,
      dataPointType: DataPointType.HISTOGRAM,
      dataPoints: spec.parts.flatMap(({ attributes, read }) =>
        all
          .filter((series) => read(series).count > 0)
          .map((series) => ({
            startTime,
            endTime,
            attributes: { ...series.attributes, ...attributes },
            value: histogramValue(read(series)),
          })),
      ),
    }));
  }
}

const histogramValue = ({ bounds, counts, sum, count }: Histogram) => ({
  buckets: { boundaries: [...bounds], counts: [...counts] },
  sum,
  count,
});

/** Anthropic's input tokens are those that no cache had; OpenTelemetry's are all of them. */
function countTokens(series: Series, { usage, usageState }: RequestEvent): void {
  if (usageState !== "exact" && usageState !== "estimated") return;
  const input = promptTokens(usage);
  series.inputTokens += input;
  series.outputTokens += usage.outputTokens;
  series.cacheReadTokens += usage.cacheReadTokens;
  series.cacheWriteTokens += cacheWrites(usage);
  series.inputPerRequest.observe(input);
  series.outputPerRequest.observe(usage.outputTokens);
}

const toHrTime = (ms: number): HrTime => [Math.floor(ms / 1000), Math.round((ms % 1000) * 1e6)];

/** The port of an address, also where it is the usual one. */
export function toPort({ port, protocol }: URL): number {
  if (port !== "") return Number(port);
  return protocol === "https:" ? 443 : 80;
}
