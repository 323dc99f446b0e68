import { performance } from "node:perf_hooks";
import { DiagLogLevel, diag } from "@opentelemetry/api";
import { OTLPMetricExporter } from "@opentelemetry/exporter-metrics-otlp-proto";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-proto";
import { defaultResource, type Resource, resourceFromAttributes } from "@opentelemetry/resources";
import { MeterProvider, PeriodicExportingMetricReader } from "@opentelemetry/sdk-metrics";
import { AlwaysOnSampler, BasicTracerProvider, BatchSpanProcessor } from "@opentelemetry/sdk-trace-base";
import type { TelemetrySettings } from "#config/read-telemetry.ts";
import { parseTraceparent, type TraceParent } from "#core/protocol/traceparent.ts";
import type { Log } from "../process/log.ts";
import { DeliveryLog } from "./delivery.ts";
import { GenAiMetrics, StreamChunks } from "./genai-metrics.ts";
import { RecordedTrace } from "./recorded-trace.ts";
import { SpanMaker } from "./spans.ts";
import type { Telemetry } from "./telemetry.ts";

export interface TelemetryOptions {
  settings: TelemetrySettings;
  /** The provider, as an attribute. */
  upstreamUrl: URL;
  /** The installation's process, or its primary. */
  instanceId: string;
  /** This process, where several share an address; the instance otherwise. */
  processId: string;
  /** The number of the worker; null where there is one process. */
  worker: number | null;
  version: string;
  log: Pick<Log, "warn">;
}

/** Spans that may wait for a collector: some 4 MB. More are dropped. */
const WAITING_SPANS_MAX = 2_048;
/** What is put into bytes at once holds up the event loop for two milliseconds. */
const BATCH_SPANS = 256;
const BATCH_DELAY_MS = 2_000;
const DELIVERY_MS = 10_000;
/** Deliveries under way at once, of traces or of metrics: each keeps its batch in memory. */
const DELIVERIES_MAX = 2;
const STOP_WITHIN_MS = 1_500;

/** Starts the SDK: from here on what the proxy notes is sent in the background. */
export function startTelemetry(options: TelemetryOptions): Telemetry {
  const { settings, upstreamUrl: server, version, log } = options;
  const delivery = new DeliveryLog(log, settings.endpoint, () => performance.now());
  const resource = buildResource(options);
  const tracing = settings.sendsTraces ? startTraces(settings, resource, delivery) : null;
  const spans = tracing === null ? null : new SpanMaker(tracing.getTracer("cco", version), server);
  const genAi = new GenAiMetrics({ server, version, isLatest: settings.latestGenAi });
  const metering = settings.sendsMetrics ? startMetrics(settings, resource, delivery, genAi) : null;
  const sendTrace = (recorded: Parameters<SpanMaker["make"]>[0], request: Parameters<SpanMaker["make"]>[1]): string =>
    attempt(() => spans?.make(recorded, request, performance.now())) ?? "";
  return {
    trace(request, startedAtMs) {
      const parent = parseTraceparent(request.headers.traceparent);
      if (spans === null || !isSampled(settings, parent)) return null;
      return new RecordedTrace({ method: request.method ?? "", parent, startedAtMs }, sendTrace);
    },
    chunkTimes: () => (metering !== null && settings.latestGenAi ? new StreamChunks() : null),
    count(event, wasSent, chunks) {
      if (metering !== null) attempt(() => genAi.count(event, wasSent, chunks));
    },
    async stop() {
      const all = Promise.allSettled([tracing?.shutdown(), metering?.shutdown()]);
      await Promise.race([all, new Promise((resolve) => setTimeout(resolve, STOP_WITHIN_MS))]);
    },
  };
}

/** A caller's trace is whole only if the caller's decision holds in all of it. */
function isSampled({ followsCaller, sampledShare }: TelemetrySettings, parent: TraceParent | null): boolean {
  if (followsCaller && parent !== null) return parent.isSampled;
  return sampledShare === 1 || Math.random() < sampledShare;
}

function startTraces(settings: TelemetrySettings, resource: Resource, delivery: DeliveryLog): BasicTracerProvider {
  const exporter = new OTLPTraceExporter(deliverTo(settings, "v1/traces"));
  delivery.follow("traces", exporter);
  // The SDK says only here how many spans it had no room for.
  const note = (message: string) => {
    const dropped = /^Dropped (\d+) spans/.exec(message)?.[1];
    if (dropped !== undefined) delivery.noteDropped(Number(dropped));
  };
  const nothing = () => {};
  diag.setLogger(
    { warn: note, error: nothing, info: nothing, debug: nothing, verbose: nothing },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  const processor = new BatchSpanProcessor(exporter, {
    maxQueueSize: WAITING_SPANS_MAX,
    maxExportBatchSize: BATCH_SPANS,
    scheduledDelayMillis: BATCH_DELAY_MS,
    exportTimeoutMillis: DELIVERY_MS,
  });
  return new BasicTracerProvider({ resource, sampler: new AlwaysOnSampler(), spanProcessors: [processor] });
}

function startMetrics(
  settings: TelemetrySettings,
  resource: Resource,
  delivery: DeliveryLog,
  genAi: GenAiMetrics,
): MeterProvider {
  const exporter = new OTLPMetricExporter(deliverTo(settings, "v1/metrics"));
  delivery.follow("metrics", exporter);
  const { metricsEveryMs } = settings;
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis: metricsEveryMs,
    exportTimeoutMillis: Math.min(metricsEveryMs, DELIVERY_MS),
    metricProducers: [genAi],
  });
  return new MeterProvider({ resource, readers: [reader] });
}

function deliverTo({ endpoint, headers }: TelemetrySettings, path: string) {
  const url = `${endpoint.origin}${endpoint.pathname.replace(/\/*$/, "/")}${path}`;
  return { url, headers: { ...headers }, timeoutMillis: DELIVERY_MS, concurrencyLimit: DELIVERIES_MAX };
}

function buildResource({ settings, instanceId, processId, worker, version }: TelemetryOptions): Resource {
  return defaultResource().merge(
    resourceFromAttributes({
      ...settings.resource,
      "service.name": settings.serviceName,
      "service.version": version,
      "service.instance.id": processId,
      "cco.instance.id": instanceId,
      ...(worker === null ? {} : { "cco.worker": worker }),
    }),
  );
}

/** Telemetry must not break a request. */
function attempt<Result>(work: () => Result): Result | null {
  try {
    return work();
  } catch {
    return null;
  }
}
