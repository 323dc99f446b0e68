import type { IncomingMessage } from "node:http";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { BatchEstimator } from "#core/batches/batch-estimate.ts";
import { isBatchId } from "#core/batches/batch-id.ts";
import { formatBatchNote } from "#core/batches/batch-note.ts";
import { RequestsScan } from "#core/batches/requests-scan.ts";
import { readShownBatches, type ShownBatch } from "#core/batches/shown-batch.ts";
import type { RequestContext } from "../request/context.ts";
import type { ModelDeps, ModelRoute } from "../request/dependencies.ts";
import { isKept } from "../request/settle.ts";
import type { Exchange } from "../upstream/client.ts";
import { type AnswerSink, decoding, isDecodable } from "../upstream/decode.ts";
import { askBatch } from "./ask-batch.ts";
import { buildLineEvent } from "./line-event.ts";
import type { AnsweredLine } from "./read-line.ts";
import { ResultsReader } from "./results-reader.ts";

const BATCHES_PATH = "/v1/messages/batches";
const RESULTS_PATH = /^\/v1\/messages\/batches\/([^/]+)\/results$/;

type Deps = Pick<ModelDeps, "batches" | "spool" | "instanceId" | "log" | "upstream">;

/** Reads along what passes of a request about batches and of its answer. */
export interface BatchWatch {
  /** Reads a part of the body of a request that creates a batch. Null for all others: their body is not read. */
  body: ((chunk: Buffer) => void) | null;
  /** Follows the body of an answer. Called before anything else reads it, so that lines are recorded before they leave. */
  follow(answer: IncomingMessage): void;
  /** Notes the batches that an answer which is no results names. */
  note(json: string): void;
  /** Resolves when everything that passed has been read. Only a compressed answer takes longer than its last byte. */
  done: Promise<void>;
}

/**
 * Prepares to read along. For results it finds out when their batch was created, and asks the provider where no answer
 * that passed has said it.
 */
export async function watchBatch(
  request: IncomingMessage,
  route: ModelRoute,
  ctx: RequestContext,
  deps: Deps,
  onExchange: (exchange: Exchange) => void,
): Promise<BatchWatch> {
  const estimator = isCreation(request, route) ? newEstimator(ctx) : null;
  const scan = estimator === null ? null : new RequestsScan((one) => estimator.add(one));
  const body = scan === null ? null : (chunk: Buffer) => scan.push(chunk);
  const note = (json: string) => noteBatches(json, { ctx, estimator, deps });
  const id = RESULTS_PATH.exec(route.path)?.[1];
  const watch: BatchWatch = { body, follow: () => {}, note, done: Promise.resolve() };
  if (request.method !== "GET" || !isBatchId(id) || !isKept(ctx)) return watch;
  const operatorKey = ctx.admitted.caller?.operatorKey ?? null;
  const asking = { id, headers: request.headers, query: route.query, operatorKey };
  const batch = deps.batches.find(id) ?? (await askBatch(asking, deps.upstream, onExchange));
  if (batch !== null) deps.batches.note(batch);
  watch.follow = (answer) => {
    watch.done = followResults(answer, { id, batch, ctx, deps });
  };
  return watch;
}

const isCreation = ({ method }: IncomingMessage, { path }: ModelRoute): boolean =>
  method === "POST" && path === BATCHES_PATH;

const newEstimator = ({ snapshot, startedAtMs }: RequestContext): BatchEstimator | null =>
  snapshot === null ? null : new BatchEstimator(snapshot.prices, startedAtMs);

/** Of a long list only the first that say something new are recorded; the next list names the others. */
const SEEN_MAX = 100;

function noteBatches(
  json: string,
  { ctx, estimator, deps }: { ctx: RequestContext; estimator: BatchEstimator | null; deps: Deps },
): void {
  const shown = readShownBatches(json);
  const [created] = shown;
  if (estimator !== null && created !== undefined) {
    const { id, createdAtMs } = created;
    deps.batches.note(created);
    ctx.delivery.batch = formatBatchNote({ kind: "created", id, createdAtMs, estimate: estimator.sum() });
    return;
  }
  const batches: ShownBatch[] = [];
  for (const batch of shown) if (batches.length < SEEN_MAX && deps.batches.note(batch)) batches.push(batch);
  if (batches.length > 0) ctx.delivery.batch = formatBatchNote({ kind: "seen", batches });
}

interface Following {
  id: string;
  /** Null: it is not known when it was created, so that its lines cannot be booked. */
  batch: ShownBatch | null;
  ctx: RequestContext;
  deps: Deps;
}

function followResults(answer: IncomingMessage, { id, batch, ctx, deps }: Following): Promise<void> {
  if (answer.statusCode !== 200 && answer.statusCode !== 206) return Promise.resolve();
  const reader = newReader({ id, batch, ctx, deps }, answer.statusCode === 206);
  const createdAtMs = batch?.createdAtMs ?? null;
  let isWhole = false;
  const sayRead = () => {
    ctx.delivery.batch = formatBatchNote({ kind: "results", id, createdAtMs, ...reader.counts, isWhole });
  };
  return new Promise((resolve) => {
    let isOver = false;
    const end = (isAll: boolean) => {
      if (isOver) return;
      isOver = true;
      reader.end(isAll && answer.statusCode === 200);
      const { unread, why } = reader.counts;
      isWhole = isAll && answer.statusCode === 200 && unread === 0;
      sayRead();
      const said = { id: ctx.id, batch: id, unread, why };
      if (unread > 0) deps.log.warn(said, "lines of the results of a batch cannot be read");
      resolve();
    };
    const chunk = (bytes: Buffer) => {
      reader.push(bytes);
      sayRead();
      return true;
    };
    pipeInto(answer, { chunk, end: () => end(true), broken: () => end(false) }, () => {
      reader.giveUp("an encoding that cannot be read");
      end(true);
    });
  });
}

function newReader({ id, batch, ctx, deps }: Following, isPart: boolean): ResultsReader {
  const { instanceId, spool, log } = deps;
  const { snapshot, admitted } = ctx;
  const sink = {
    build(line: AnsweredLine, bytes: number) {
      if (batch === null || snapshot === null) return "the provider does not say when the batch was created";
      const source = { batch, caller: admitted.caller, catalogue: snapshot.prices, instanceId };
      return buildLineEvent({ ...line, bytes }, source);
    },
    record(events: readonly RequestEvent[]) {
      // One write for all of them: the last one takes those before it with it.
      for (const event of events.slice(0, -1)) void spool.closeInTurn(event);
      const last = events.at(-1);
      if (last !== undefined) spool.close(last);
    },
    failed(problem: unknown) {
      log.error({ id: ctx.id, batch: id, problem: String(problem) }, "reading a line of the results of a batch failed");
    },
  };
  return new ResultsReader(sink, isPart);
}

/** Passes a copy of the body on, decoded. A failure in here costs a number, and never the response. */
function pipeInto(answer: IncomingMessage, sink: AnswerSink, giveUp: () => void): void {
  const coding = String(answer.headers["content-encoding"] ?? "identity")
    .trim()
    .toLowerCase();
  if (coding !== "identity" && (!isDecodable(coding) || answer.statusCode === 206)) {
    giveUp();
    return;
  }
  const decoded = isDecodable(coding) ? decoding(coding, sink) : null;
  const target = decoded ?? sink;
  let hasEnded = false;
  answer.on("data", (chunk: Buffer) => void target.chunk(chunk));
  answer.on("end", () => {
    hasEnded = true;
    target.end();
  });
  // What was read of a compressed body that breaks off is decoded; that it is not whole, the decoder reports.
  answer.on("close", () => {
    if (hasEnded) return;
    if (decoded === null) sink.broken(new Error("the results broke off"));
    else decoded.end();
  });
}
