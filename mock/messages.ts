import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Catalogue, ModelEntry } from "#core/costs/catalogue.ts";
import { isRecord, type Json, list, record, text } from "#core/untyped-json.ts";
import { answerTo } from "./answer.ts";
import { deliverFrames, deliverJson, pause } from "./deliver.ts";
import { badRequest, refusalOfStatus, sendRefusal } from "./errors.ts";
import { servedModel } from "./models-api.ts";
import { honest, isSentinel, type Mood, readMood } from "./moods.ts";
import type { PromptCache, PromptTokens } from "./prompt-cache.ts";
import { refusalFor } from "./refusals.ts";
import { json } from "./send-json.ts";
import { sentinelEntry } from "./sentinel-model.ts";
import { frames, type Message, messageJson } from "./stream.ts";

export interface MessagesApi {
  catalogue: Catalogue;
  cache: PromptCache;
  standingMood: () => string;
  now: () => number;
  /** Whole answers to small requests that are sent again and again, as load tests do. */
  repeated: Map<string, Buffer>;
}

const REPEATED_MAX = 256;
const REPEATED_BODY_MAX = 4096;

interface Exchange {
  req: IncomingMessage;
  res: ServerResponse;
  raw: Buffer;
  requestId: string;
}

/** Handles `POST /v1/messages`: misbehaves on request, refuses what the model would refuse, else answers. */
export async function answerMessages(api: MessagesApi, exchange: Exchange): Promise<void> {
  const { req, res, raw, requestId } = exchange;
  const key = repeatKey(api, exchange);
  const known = key === null ? undefined : api.repeated.get(key);
  if (known !== undefined) return void res.writeHead(200, streamHeaders).end(known);
  const body = parseBody(raw);
  if (body === null) return sendRefusal(res, badRequest("The request body is not valid JSON."), requestId);
  const asked = text(body.model);
  const mood = readMood({ model: asked, headers: req.headers, metadata: body.metadata, standing: api.standingMood() });
  if (mood.headersDelayMs > 0) await pause(mood.headersDelayMs);
  if (misbehave(exchange, mood)) return;
  if (body.model === undefined) return sendRefusal(res, badRequest("model: Field required"), requestId);
  const model = isSentinel(asked) ? sentinelEntry(asked) : servedModel(api.catalogue, asked);
  if (model === null) return sendRefusal(res, { ...refusalOfStatus(404), message: `model: ${asked}` }, requestId);

  const totalTokens = countPromptTokens(raw, body);
  const refusal = refusalFor({
    body,
    raw,
    model,
    headers: req.headers,
    promptTokens: totalTokens,
    catalogue: api.catalogue,
  });
  if (refusal !== null) return sendRefusal(res, refusal, requestId);

  const prompt = chooseUsage(api, exchange, body, model, totalTokens);
  const message = buildMessage(exchange, body, model, prompt, mood);
  if (body.stream === true) {
    const all = frames(message, mood);
    if (key !== null && mood === honest && api.repeated.size < REPEATED_MAX)
      api.repeated.set(key, Buffer.from(all.join("")));
    res.writeHead(200, { ...streamHeaders, ...(mood.gzip ? { "content-encoding": "gzip" } : {}) });
    return deliverFrames(res, all, mood, requestId);
  }
  res.writeHead(200, { "content-type": "application/json", ...(mood.gzip ? { "content-encoding": "gzip" } : {}) });
  return deliverJson(res, Buffer.from(JSON.stringify(messageJson(message, mood))), mood);
}

const streamHeaders = { "content-type": "text/event-stream; charset=utf-8", "cache-control": "no-cache" };

/** Null unless the answer depends on nothing but body and version: small, streamed, no markers, no mood, no betas. */
function repeatKey(api: MessagesApi, { req, raw }: Exchange): string | null {
  if (raw.length > REPEATED_BODY_MAX || api.standingMood() !== "" || req.headers["anthropic-beta"] !== undefined)
    return null;
  if (req.headers["x-mock-mood"] !== undefined || req.headers["x-mock-usage"] !== undefined) return null;
  if (raw.includes("cache_control") || raw.includes("mock") || !raw.includes('"stream":true')) return null;
  return `${req.headers["anthropic-version"]}\n${raw.toString("latin1")}`;
}

/** `POST /v1/messages/count_tokens`. */
export function answerCountTokens(api: MessagesApi, { req, res, raw, requestId }: Exchange) {
  const body = parseBody(raw);
  if (body === null) return sendRefusal(res, badRequest("The request body is not valid JSON."), requestId);
  const asked = text(body.model);
  const mood = readMood({ model: asked, headers: req.headers, metadata: body.metadata, standing: api.standingMood() });
  if (misbehave({ req, res, raw, requestId }, mood)) return;
  const model = isSentinel(asked) ? sentinelEntry(asked) : servedModel(api.catalogue, asked);
  if (model === null) return sendRefusal(res, { ...refusalOfStatus(404), message: `model: ${asked}` }, requestId);
  const promptTokens = countPromptTokens(raw, body);
  const { headers } = req;
  const refusal = refusalFor({ body, raw, model, headers, promptTokens, catalogue: api.catalogue, isCount: true });
  if (refusal !== null) return sendRefusal(res, refusal, requestId);
  json(res, { input_tokens: promptTokens });
}

/** True when the mood has dealt with the request: an error, a redirect, a closed socket, silence. */
export function misbehave({ req, res, requestId }: Exchange, mood: Mood): boolean {
  if (mood.silent) return true;
  if (mood.reset) {
    req.socket.destroy();
    return true;
  }
  if (mood.redirect) {
    res.writeHead(302, { location: "http://169.254.169.254/latest/meta-data/", "content-length": 0 }).end();
    return true;
  }
  if (mood.status === null) return false;
  if (mood.html) {
    const page =
      "<html><head><title>502 Bad Gateway</title></head><body><center><h1>502 Bad Gateway</h1></center></body></html>";
    res.writeHead(mood.status, { "content-type": "text/html", "content-length": page.length }).end(page);
    return true;
  }
  const extra: Record<string, string> =
    mood.retryAfterSeconds === null ? {} : { "retry-after": String(mood.retryAfterSeconds) };
  sendRefusal(res, refusalOfStatus(mood.status), requestId, extra);
  return true;
}

/** `x-mock-usage: {"input":11,"write5m":600,"write1h":400,"read":2000,"output":25}` sets the tokens exactly. */
function chooseUsage(
  api: MessagesApi,
  { req }: Exchange,
  body: Json,
  model: ModelEntry,
  totalTokens: number,
): PromptTokens {
  const wished = req.headers["x-mock-usage"];
  if (typeof wished === "string") {
    const given = record(JSON.parse(wished));
    const count = (name: string) => Number(given[name] ?? 0);
    return { input: count("input"), write5m: count("write5m"), write1h: count("write1h"), read: count("read") };
  }
  return api.cache.use(body, model.id, totalTokens, model.minCacheableTokens ?? 1024, api.now());
}

function buildMessage(
  { req, raw }: Exchange,
  body: Json,
  model: ModelEntry,
  prompt: PromptTokens,
  mood: Mood,
): Message {
  const answer = answerTo(body, model.id, mood);
  const wished = req.headers["x-mock-usage"];
  if (typeof wished === "string")
    answer.outputTokens = Number(record(JSON.parse(wished)).output ?? answer.outputTokens);
  return {
    id: `msg_mock${createHash("sha1").update(raw).digest("hex").slice(0, 20)}`,
    model: model.id,
    answer,
    prompt,
    tier: "standard",
    geo: body.inference_geo === "us" ? "us" : "global",
    speed: body.speed === "fast" && model.fastMode !== null ? "fast" : null,
  };
}

/** Four bytes of request are one token; the few fields that are not prompt do not matter. */
export function countPromptTokens(raw: Buffer, body: Json): number {
  const files = raw.includes('"base64"') ? encodedFiles(body) : [];
  const fileBytes = files.reduce((sum, { bytes }) => sum + bytes, 0);
  const fileTokens = files.reduce((sum, { tokens }) => sum + tokens, 0);
  const textBytes = raw.length - fileBytes - JSON.stringify(body.metadata ?? "").length;
  return Math.max(1, Math.ceil(textBytes / 4) + fileTokens);
}

/** A picture costs by its size on screen, not by its bytes. */
const TOKENS_PER_PICTURE = 1600;

const BASE64_BYTES_PER_PAGE = 40_000;
const TOKENS_PER_PAGE = 3000;

/** Pictures and documents of a request, also those in tool results. */
function encodedFiles(body: Json): { bytes: number; tokens: number }[] {
  const blocks = list(body.messages).flatMap((message) => list(record(message).content));
  const inside = blocks.flatMap((block) => list(record(block).content));
  return [...blocks, ...inside].flatMap((block) => {
    const { type, source } = record(block);
    const bytes = text(record(source).data).length;
    if (bytes === 0) return [];
    const tokens =
      type === "document" ? Math.ceil(bytes / BASE64_BYTES_PER_PAGE) * TOKENS_PER_PAGE : TOKENS_PER_PICTURE;
    return [{ bytes, tokens }];
  });
}

function parseBody(raw: Buffer): Json | null {
  try {
    const value: unknown = JSON.parse(raw.toString());
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}
