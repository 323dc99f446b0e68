import { ownValue } from "#core/own-value.ts";
import { type EnvReader, readSecret, readText, readUrl, shown } from "./env-values.ts";
import { isLoopbackHost } from "./loopback.ts";

/** Where telemetry goes, and what of it. By the variables that every OpenTelemetry program goes by. */
export interface TelemetrySettings {
  /** The collector; `/v1/traces` and `/v1/metrics` are put behind its path. */
  endpoint: URL;
  /** Sent with each delivery; may hold a credential. */
  headers: Readonly<Record<string, string>>;
  serviceName: string;
  /** Further attributes of the resource. */
  resource: Readonly<Record<string, string>>;
  sendsTraces: boolean;
  sendsMetrics: boolean;
  /** Whether a caller who sends `traceparent` decides whether its trace is recorded. */
  followsCaller: boolean;
  /** The share of the other requests that are traced, 0 to 1. */
  sampledShare: number;
  metricsEveryMs: number;
  /** Whether the instruments are wanted that the conventions do not call stable yet. */
  latestGenAi: boolean;
}

/** The share of requests that is traced unless the operator says otherwise (`docs/decisions/068-opentelemetry.md`). */
const SHARE = 0.01;
const INTERVAL_MS = 60_000;
const INTERVALS_MS = { least: 1_000, most: 3_600_000 };

const SAMPLERS: Readonly<Record<string, { followsCaller: boolean; share: number | null }>> = {
  parentbased_traceidratio: { followsCaller: true, share: null },
  parentbased_always_on: { followsCaller: true, share: 1 },
  parentbased_always_off: { followsCaller: true, share: 0 },
  traceidratio: { followsCaller: false, share: null },
  always_on: { followsCaller: false, share: 1 },
  always_off: { followsCaller: false, share: 0 },
};

/**
 * Reads where telemetry goes; null while no collector is named. The variables are shared with other programs: mistakes in them
 * are reported only once CCO is to send something.
 */
export function readTelemetry(given: EnvReader): TelemetrySettings | null {
  const isNamed = readText(given.env, "OTEL_EXPORTER_OTLP_ENDPOINT") !== null;
  const silent = { env: given.env, mistake: () => {}, warn: () => {} };
  const isOff = isDisabled(isNamed ? given : silent);
  const isWanted = isNamed && !isOff;
  const reader = isWanted ? given : silent;
  const endpoint = readEndpoint(reader);
  const headers = readPairs(reader, "OTEL_EXPORTER_OTLP_HEADERS", readSecret(reader, "OTEL_EXPORTER_OTLP_HEADERS"));
  checkProtocol(reader);
  const { env } = reader;
  const resource = readPairs(reader, "OTEL_RESOURCE_ATTRIBUTES", readText(env, "OTEL_RESOURCE_ATTRIBUTES"));
  const settings = {
    headers,
    serviceName: readText(env, "OTEL_SERVICE_NAME") ?? resource["service.name"] ?? "cco",
    resource,
    sendsTraces: isSent(reader, "OTEL_TRACES_EXPORTER"),
    sendsMetrics: isSent(reader, "OTEL_METRICS_EXPORTER"),
    ...readSampler(reader),
    metricsEveryMs: readInterval(reader),
    latestGenAi: readOptIn(reader).includes("gen_ai_latest_experimental"),
  };
  if (!isWanted || endpoint === null) return null;
  if (endpoint.protocol === "http:" && Object.keys(headers).length > 0 && !isLoopbackHost(endpoint.hostname))
    reader.warn(
      `Warning: OTEL_EXPORTER_OTLP_ENDPOINT=${endpoint.origin} sends OTEL_EXPORTER_OTLP_HEADERS in plain text: use https://`,
    );
  return settings.sendsTraces || settings.sendsMetrics ? { endpoint, ...settings } : null;
}

function isDisabled({ env, mistake }: EnvReader): boolean {
  const value = readText(env, "OTEL_SDK_DISABLED") ?? "false";
  const word = value.toLowerCase();
  if (word !== "true" && word !== "false")
    mistake("OTEL_SDK_DISABLED", `OTEL_SDK_DISABLED=${shown(value)} must be true or false`);
  return word === "true";
}

function readEndpoint(reader: EnvReader): URL | null {
  const hasMore = ({ username, password, search, hash }: URL) => `${username}${password}${search}${hash}` !== "";
  const text = readText(reader.env, "OTEL_EXPORTER_OTLP_ENDPOINT");
  // Never shown: an address that holds a password is the mistake.
  if (text !== null && URL.canParse(text) && hasMore(new URL(text))) {
    reader.mistake(
      "OTEL_EXPORTER_OTLP_ENDPOINT",
      "OTEL_EXPORTER_OTLP_ENDPOINT must not contain a user name, password, query or fragment: credentials go into OTEL_EXPORTER_OTLP_HEADERS",
    );
    return null;
  }
  return readUrl(reader, "OTEL_EXPORTER_OTLP_ENDPOINT");
}

function checkProtocol({ env, mistake }: EnvReader): void {
  const protocol = readText(env, "OTEL_EXPORTER_OTLP_PROTOCOL") ?? "http/protobuf";
  if (protocol === "http/protobuf") return;
  mistake(
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    `OTEL_EXPORTER_OTLP_PROTOCOL=${shown(protocol)} is not spoken: use http/protobuf, which collectors take on port 4318`,
  );
}

function isSent({ env, mistake }: EnvReader, name: "OTEL_TRACES_EXPORTER" | "OTEL_METRICS_EXPORTER"): boolean {
  const value = readText(env, name) ?? "otlp";
  if (value !== "otlp" && value !== "none") mistake(name, `${name}=${shown(value)} must be otlp or none`);
  return value === "otlp";
}

function readSampler({ env, mistake }: EnvReader): { followsCaller: boolean; sampledShare: number } {
  const name = readText(env, "OTEL_TRACES_SAMPLER") ?? "parentbased_traceidratio";
  const given = readText(env, "OTEL_TRACES_SAMPLER_ARG");
  const sampler = ownValue(SAMPLERS, name);
  if (sampler === undefined) {
    const known = Object.keys(SAMPLERS).join(", ");
    mistake("OTEL_TRACES_SAMPLER", `OTEL_TRACES_SAMPLER=${shown(name)} must be one of ${known}`);
  }
  const share = given === null ? SHARE : Number(given);
  if (!(share >= 0 && share <= 1))
    mistake(
      "OTEL_TRACES_SAMPLER_ARG",
      `OTEL_TRACES_SAMPLER_ARG=${shown(given ?? "")} must be a share from 0 to 1, such as 0.01`,
    );
  return { followsCaller: sampler?.followsCaller ?? true, sampledShare: sampler?.share ?? share };
}

function readInterval({ env, mistake }: EnvReader): number {
  const text = readText(env, "OTEL_METRIC_EXPORT_INTERVAL");
  const { least, most } = INTERVALS_MS;
  const value = text === null ? INTERVAL_MS : Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  mistake(
    "OTEL_METRIC_EXPORT_INTERVAL",
    `OTEL_METRIC_EXPORT_INTERVAL=${shown(text ?? "")} must be milliseconds from ${least} to ${most}`,
  );
  return INTERVAL_MS;
}

const readOptIn = ({ env }: EnvReader): string[] =>
  (readText(env, "OTEL_SEMCONV_STABILITY_OPT_IN") ?? "").split(",").map((part) => part.trim());

const NAME = /^[\w!#$%&'*+.^`|~-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

/** Reads `name=value` parts with a comma between, values percent-encoded. A mistake never shows them: they may be credentials. */
function readPairs({ mistake }: EnvReader, variable: string, text: string | null): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of (text ?? "").split(",")) {
    if (part.trim() === "") continue;
    const at = part.indexOf("=");
    const name = part.slice(0, at).trim();
    const value = decoded(part.slice(at + 1).trim());
    if (at > 0 && NAME.test(name) && value !== null && VALUE.test(value)) pairs[name] = value;
    else mistake(variable, `${variable} must be name=value parts with a comma between, values percent-encoded`);
  }
  return pairs;
}

function decoded(text: string): string | null {
  try {
    return decodeURIComponent(text);
  } catch {
    return null;
  }
}
