import { createHash } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { isRecord, type Json, list, record, text } from "#core/untyped-json.ts";
import { answerTo } from "./answer.ts";
import { badRequest, refusalOfStatus, sendRefusal } from "./errors.ts";
import { countPromptTokens } from "./messages.ts";
import { servedModel } from "./models-api.ts";
import { honest } from "./moods.ts";
import { json } from "./send-json.ts";
import { messageJson } from "./stream.ts";

interface Batch {
  id: string;
  createdAtMs: number;
  requests: readonly Json[];
  sha256: string;
  /** Null: not cancelled. */
  cancelledAtMs: number | null;
}

export interface BatchesOptions {
  catalogue: Catalogue;
  now(): number;
  /** Time from the creation of a batch to its end. */
  batchMs: number;
}

const DAY_MS = 86_400_000;

/** The message batches of the fake provider: create, get, list, cancel, delete and results. */
export class MockBatches {
  private readonly batches = new Map<string, Batch>();
  private number = 0;

  constructor(private readonly options: BatchesOptions) {}

  /** Answers a request to `/v1/messages/batches`, or to one of its batches. */
  answer(
    { req, res, body, requestId }: { req: IncomingMessage; res: ServerResponse; body: Buffer; requestId: string },
    id: string | undefined,
    part: string | undefined,
  ): void {
    const batch = this.batches.get(id ?? "");
    if (id === undefined) {
      if (req.method === "POST") this.create(res, body, requestId);
      else this.sendList(res);
    } else if (batch === undefined) {
      sendRefusal(res, { ...refusalOfStatus(404), message: `${id} was not found.` }, requestId);
    } else if (part === "results") {
      if (this.isEnded(batch)) sendLines(req, res, Buffer.from(this.resultLines(batch)));
      else sendRefusal(res, badRequest(`${id} has no results yet: it is still in progress.`), requestId);
    } else if (part === "cancel") {
      if (!this.isEnded(batch)) batch.cancelledAtMs ??= this.options.now();
      json(res, this.shown(batch, true));
    } else if (req.method === "DELETE") {
      this.batches.delete(id);
      json(res, { id, type: "message_batch_deleted" });
    } else json(res, this.shown(batch));
  }

  private create(res: ServerResponse, body: Buffer, requestId: string): void {
    const requests = list(parsed(body).requests).map(record);
    const ids = requests.map((request, at) => customId(request, at));
    if (new Set(ids).size < ids.length) {
      sendRefusal(res, badRequest("requests: custom_id must be unique within a batch"), requestId);
      return;
    }
    this.number += 1;
    const createdAtMs = this.options.now();
    const sha256 = createHash("sha256").update(body).digest("hex");
    // Another one after a restart: what was booked of the batch before it stays of that batch.
    const suffix = createHash("sha256").update(`${sha256} ${createdAtMs} ${this.number}`).digest("hex").slice(0, 20);
    const batch: Batch = { id: `msgbatch_mock${suffix}`, createdAtMs, requests, sha256, cancelledAtMs: null };
    this.batches.set(batch.id, batch);
    json(res, this.shown(batch, true));
  }

  private sendList(res: ServerResponse): void {
    const data = [...this.batches.values()].reverse().map((batch) => this.shown(batch));
    json(res, { data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null });
  }

  private isEnded({ createdAtMs, cancelledAtMs }: Batch): boolean {
    return cancelledAtMs !== null || this.options.now() >= createdAtMs + this.options.batchMs;
  }

  /** `isFresh`: as the answer to its creation or cancellation, which never says that it has ended. */
  private shown(batch: Batch, isFresh = false) {
    const isEnded = !isFresh && this.isEnded(batch);
    const counts = { processing: 0, succeeded: 0, errored: 0, canceled: 0, expired: 0 };
    if (!isEnded) counts.processing = batch.requests.length;
    else for (const request of batch.requests) counts[this.readResult(batch, request).type] += 1;
    const endedAtMs = batch.cancelledAtMs ?? batch.createdAtMs + this.options.batchMs;
    return {
      id: batch.id,
      type: "message_batch",
      processing_status: isEnded ? "ended" : batch.cancelledAtMs === null ? "in_progress" : "canceling",
      request_counts: counts,
      created_at: new Date(batch.createdAtMs).toISOString(),
      ended_at: isEnded ? new Date(endedAtMs).toISOString() : null,
      expires_at: new Date(batch.createdAtMs + DAY_MS).toISOString(),
      cancel_initiated_at: batch.cancelledAtMs === null ? null : new Date(batch.cancelledAtMs).toISOString(),
      archived_at: null,
      results_url: isEnded ? `https://api.anthropic.com/v1/messages/batches/${batch.id}/results` : null,
      mock_sha256: batch.sha256,
    };
  }

  private resultLines(batch: Batch): string {
    return batch.requests
      .map((request, at) =>
        JSON.stringify({ custom_id: customId(request, at), result: this.readResult(batch, request) }).concat("\n"),
      )
      .join("");
  }

  private readResult(batch: Batch, request: Json) {
    if (batch.cancelledAtMs !== null) return { type: "canceled" } as const;
    const params = record(request.params);
    const model = servedModel(this.options.catalogue, text(params.model));
    if (model === null) return toErrored("not_found_error", `model: ${text(params.model)}`);
    const raw = Buffer.from(JSON.stringify(params));
    const answer = answerTo(params, model.id, honest);
    const prompt = { input: countPromptTokens(raw, params), write5m: 0, write1h: 0, read: 0 };
    const id = `msg_mock${createHash("sha1").update(raw).digest("hex").slice(0, 20)}`;
    const geo = params.inference_geo === "us" ? "us" : "global";
    const message = { id, model: model.id, answer, prompt, tier: "batch", geo, speed: null };
    return { type: "succeeded", message: messageJson(message, honest) } as const;
  }
}

const toErrored = (type: string, message: string) =>
  ({ type: "errored", error: { type: "error", error: { type, message } } }) as const;

const customId = (request: Json, at: number): string => text(request.custom_id) || `request-${at}`;

function parsed(body: Buffer): Json {
  try {
    const value: unknown = JSON.parse(body.toString());
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}

/** Sends lines, or the part of them that `Range` asks for. */
function sendLines(req: IncomingMessage, res: ServerResponse, lines: Buffer): void {
  const [, from, to] = /^bytes=(\d+)-(\d*)$/.exec(req.headers.range ?? "") ?? [];
  const type = { "content-type": "application/x-jsonl" };
  if (from === undefined) {
    res.writeHead(200, { ...type, "content-length": lines.length }).end(lines);
    return;
  }
  const end = to === "" ? lines.length : Math.min(lines.length, Number(to) + 1);
  const part = lines.subarray(Number(from), end);
  const range = `bytes ${from}-${end - 1}/${lines.length}`;
  res.writeHead(206, { ...type, "content-length": part.length, "content-range": range }).end(part);
}
