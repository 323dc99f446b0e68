import { readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import protobuf from "protobufjs";

type Value = string | number | boolean | null | Value[];
type Attributes = Record<string, Value>;

export interface ReceivedSpan {
  traceId: string;
  spanId: string;
  /** Empty for one that begins a trace. */
  parentSpanId: string;
  name: string;
  /** 1 within the program, 2 of a server, 3 of a client. */
  kind: number;
  startNano: bigint;
  endNano: bigint;
  attributes: Attributes;
  events: string[];
  /** 0 unset, 2 error. */
  status: number;
  resource: Attributes;
}

export interface ReceivedPoint {
  name: string;
  unit: string;
  attributes: Attributes;
  /** Of a histogram, the sum of its values. */
  sum: number;
  /** Of a histogram alone. */
  count: number | null;
  buckets: number[];
  resource: Attributes;
}

/** A collector of a few lines: takes OTLP over HTTP, reads it by the protocol's own numbers. */
export interface OtlpReceiver {
  url: string;
  port: number;
  spans: ReceivedSpan[];
  /** The latest value of each point: what is sent is counted from the start. */
  points(): ReceivedPoint[];
  /** Everything that arrived: heads and bodies. */
  bytes(): Buffer;
  headers: Record<string, string | string[] | undefined>[];
  /** Replaces the usual answer. Null: the usual one again. */
  answer: ((response: ServerResponse) => void) | null;
  requests: number;
  close(): Promise<void>;
}

const { root } = protobuf.parse(readFileSync(new URL("./otlp.proto", import.meta.url), "utf8"));

export async function startOtlpReceiver(onPort = 0): Promise<OtlpReceiver> {
  const parts: Buffer[] = [];
  const latest = new Map<string, ReceivedPoint>();
  const server = createServer((request, response) => {
    const body: Buffer[] = [];
    request.on("data", (part: Buffer) => body.push(part));
    request.on("error", () => {});
    request.on("end", () => {
      receiver.requests++;
      const whole = Buffer.concat(body);
      parts.push(Buffer.from(`${request.url}\n${request.rawHeaders.join("\n")}\n`), whole);
      receiver.headers.push(request.headers);
      if (receiver.answer !== null) return receiver.answer(response);
      if (request.url?.endsWith("/v1/traces")) receiver.spans.push(...spansIn(whole));
      else for (const point of pointsIn(whole)) latest.set(toKey(point), point);
      response.writeHead(200, { "content-type": "application/x-protobuf" }).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(onPort, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: OtlpReceiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    spans: [],
    points: () => [...latest.values()],
    bytes: () => Buffer.concat(parts),
    headers: [],
    answer: null,
    requests: 0,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

const toKey = ({ name, attributes, resource }: ReceivedPoint): string =>
  JSON.stringify([name, attributes, resource["service.instance.id"]]);

interface RawValue {
  stringValue?: string;
  boolValue?: boolean;
  intValue?: string;
  doubleValue?: number;
  arrayValue?: { values: RawValue[] };
}
type RawPairs = { key: string; value?: RawValue }[];
interface RawSpan {
  traceId: Uint8Array;
  spanId: Uint8Array;
  parentSpanId?: Uint8Array;
  name: string;
  kind: number;
  startTimeUnixNano: string;
  endTimeUnixNano: string;
  attributes: RawPairs;
  events: { name: string }[];
  status?: { code?: number };
}
interface RawPoint {
  sum?: number;
  asInt?: string;
  asDouble?: number;
  count?: string;
  bucketCounts?: string[];
  attributes: RawPairs;
}
interface RawMetric {
  name: string;
  unit: string;
  sum?: { dataPoints: RawPoint[] };
  histogram?: { dataPoints: RawPoint[] };
}
interface RawTraces {
  resourceSpans: { resource: { attributes: RawPairs }; scopeSpans: { spans: RawSpan[] }[] }[];
}
interface RawMetrics {
  resourceMetrics: { resource: { attributes: RawPairs }; scopeMetrics: { metrics: RawMetric[] }[] }[];
}

function decode(type: "Traces" | "Metrics", bytes: Uint8Array): unknown {
  const message = root.lookupType(`otlp.${type}`);
  return message.toObject(message.decode(bytes), { longs: String, arrays: true });
}

function spansIn(bytes: Uint8Array): ReceivedSpan[] {
  const { resourceSpans } = decode("Traces", bytes) as RawTraces;
  return resourceSpans.flatMap(({ resource, scopeSpans }) =>
    scopeSpans.flatMap(({ spans }) => spans.map((span) => toSpan(span, readAttributes(resource.attributes)))),
  );
}

const toSpan = (span: RawSpan, resource: Attributes): ReceivedSpan => ({
  traceId: hex(span.traceId),
  spanId: hex(span.spanId),
  parentSpanId: hex(span.parentSpanId),
  name: span.name,
  kind: span.kind,
  startNano: BigInt(span.startTimeUnixNano),
  endNano: BigInt(span.endTimeUnixNano),
  attributes: readAttributes(span.attributes),
  events: span.events.map(({ name }) => name),
  status: span.status?.code ?? 0,
  resource,
});

function pointsIn(bytes: Uint8Array): ReceivedPoint[] {
  const { resourceMetrics } = decode("Metrics", bytes) as RawMetrics;
  return resourceMetrics.flatMap(({ resource, scopeMetrics }) =>
    scopeMetrics.flatMap(({ metrics }) =>
      metrics.flatMap(
        (metric) =>
          (metric.sum ?? metric.histogram)?.dataPoints.map((point) =>
            toPoint(metric, point, readAttributes(resource.attributes)),
          ) ?? [],
      ),
    ),
  );
}

const toPoint = ({ name, unit, histogram }: RawMetric, point: RawPoint, resource: Attributes): ReceivedPoint => ({
  name,
  unit,
  attributes: readAttributes(point.attributes),
  sum: Number(point.sum ?? point.asInt ?? point.asDouble ?? 0),
  count: histogram === undefined ? null : Number(point.count),
  buckets: (point.bucketCounts ?? []).map(Number),
  resource,
});

const hex = (bytes: Uint8Array | undefined): string => Buffer.from(bytes ?? []).toString("hex");

const readAttributes = (pairs: RawPairs): Attributes =>
  Object.fromEntries(pairs.map(({ key, value }) => [key, readValue(value)]));

function readValue(value: RawValue | undefined): Value {
  if (value?.arrayValue !== undefined) return value.arrayValue.values.map(readValue);
  if (value?.intValue !== undefined) return Number(value.intValue);
  return value?.stringValue ?? value?.boolValue ?? value?.doubleValue ?? null;
}
