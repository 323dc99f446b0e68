import type { ProxySettings } from "#config/read-env.ts";
import type { CheckOutcome, ProviderCheck } from "#core/connect/provider-check.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { hasPrice } from "#core/costs/model-key.ts";
import { AppError } from "#core/errors.ts";
import { type Exchange, Upstream } from "./client.ts";
import { upstreamBlock } from "./headers.ts";

const TIMEOUTS = { connectMs: 5_000, firstByteMs: 20_000, idleMs: 20_000 };
const BODY_BYTES_MAX = 1_000_000;
const TEXT_MAX = 200;

type Settings = Pick<ProxySettings, "upstreamUrl" | "operatorKey">;

interface Answered {
  exchange: Exchange;
  body: Record<string, unknown>;
  ms: number;
}

/**
 * Checks the provider with the operator's key: its models and one generated token. Never throws; the key is not in the
 * result.
 */
export async function checkProvider(settings: Settings, catalogue: Catalogue): Promise<ProviderCheck> {
  const upstream = new Upstream(settings.upstreamUrl, TIMEOUTS);
  const model = catalogue.clientAliases[0]?.aliases.haiku ?? "claude-haiku-4-5";
  const base = {
    checkedAtMs: Date.now(),
    address: new URL(settings.upstreamUrl.pathname, settings.upstreamUrl.origin).href.replace(/\/$/, ""),
    model,
  };
  try {
    const models = await ask(upstream, settings, "GET", "/v1/models?limit=1000", null);
    const question = { model, max_tokens: 1, messages: [{ role: "user", content: "hi" }] };
    const answered =
      settings.operatorKey === null ? models : await ask(upstream, settings, "POST", "/v1/messages", question);
    return {
      ...base,
      outcome: toOutcome(answered.exchange.status, settings.operatorKey !== null),
      problem: null,
      models: settings.operatorKey === null ? null : checkModels(models, catalogue),
      answer: checkAnswer(answered, settings.operatorKey),
      limit: readLimit(answered.exchange),
      clockAheadMs: clockAhead(answered.exchange, Date.now()),
    };
  } catch (problem) {
    const text = problem instanceof AppError ? problem.publicText : "The check failed on our side.";
    const none = { models: null, answer: null, limit: null, clockAheadMs: null };
    return { ...base, ...none, outcome: "unreachable", problem: text };
  } finally {
    upstream.close();
  }
}

function toOutcome(status: number, hasKey: boolean): CheckOutcome {
  if (!hasKey) return status >= 500 ? "refused" : "no-key";
  if (status === 401 || status === 403) return "key-refused";
  return status >= 200 && status < 300 ? "ok" : "refused";
}

async function ask(
  upstream: Upstream,
  { operatorKey }: Settings,
  method: string,
  path: string,
  question: object | null,
): Promise<Answered> {
  const startedTick = performance.now();
  const body = question === null ? null : Buffer.from(JSON.stringify(question));
  const plain = { "anthropic-version": "2023-06-01", "user-agent": "cco-check", accept: "application/json" };
  const headers = upstreamBlock(body === null ? plain : { ...plain, "content-type": "application/json" }, operatorKey);
  const exchange = await upstream.send(
    { method, path, headers, body: body && { bytes: body, roomBytes: 0 } },
    () => {},
  );
  const text = await readText(exchange);
  return { exchange, body: objectIn(text), ms: Math.round(performance.now() - startedTick) };
}

function readText(exchange: Exchange): Promise<string> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const done = () => resolve(Buffer.concat(chunks).toString("utf8"));
    exchange.attach({
      chunk: (chunk) => {
        bytes += chunk.length;
        // Copied: the connection reuses its memory.
        if (bytes <= BODY_BYTES_MAX) chunks.push(Buffer.from(chunk));
        return true;
      },
      end: done,
      broken: done,
    });
  });
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function checkModels({ exchange, body, ms }: Answered, catalogue: Catalogue): ProviderCheck["models"] {
  if (exchange.status !== 200 || !Array.isArray(body.data)) return null;
  const ids = body.data.flatMap((entry: { id?: unknown }) => (typeof entry?.id === "string" ? [entry.id] : []));
  const unpriced = ids.filter((id) => !hasPrice(id, catalogue));
  return { count: ids.length, unpriced: unpriced.slice(0, 5), ms };
}

function checkAnswer({ exchange, body, ms }: Answered, key: string | null): ProviderCheck["answer"] {
  const error = (body.error ?? {}) as { type?: unknown; message?: unknown };
  const usage = (body.usage ?? {}) as { input_tokens?: unknown; output_tokens?: unknown };
  const clean = (value: unknown): string | null => {
    if (typeof value !== "string") return null;
    return (key === null ? value : value.replaceAll(key, "…")).slice(0, TEXT_MAX);
  };
  return {
    status: exchange.status,
    ms,
    requestId: clean(exchange.headers["request-id"]),
    errorType: clean(error.type),
    errorText: clean(error.message),
    inputTokens: numberIn(usage.input_tokens),
    outputTokens: numberIn(usage.output_tokens),
  };
}

function readLimit({ headers }: Exchange): ProviderCheck["limit"] {
  const perMinute = numberIn(headers["anthropic-ratelimit-requests-limit"]);
  const left = numberIn(headers["anthropic-ratelimit-requests-remaining"]);
  return perMinute === null || left === null ? null : { perMinute, left };
}

function clockAhead({ headers }: Exchange, nowMs: number): number | null {
  const atMs = Date.parse(headers.date ?? "");
  return Number.isNaN(atMs) ? null : nowMs - atMs;
}

function numberIn(value: unknown): number | null {
  const number = typeof value === "string" && value !== "" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : null;
}
