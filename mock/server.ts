import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { loadCatalogue } from "#config/models-toml.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { badRequest, refusalOfStatus, sendRefusal } from "./errors.ts";
import { FastAnswers } from "./fast.ts";
import { answerCountTokens, answerMessages, type MessagesApi, misbehave } from "./messages.ts";
import { modelsPage, servedModel, shownModel } from "./models-api.ts";
import { readMood } from "./moods.ts";
import { PromptCache } from "./prompt-cache.ts";
import { type RecordedRequest, Recorder, type ServedCount, shownRequests } from "./recorder.ts";
import { json } from "./send-json.ts";
import { SideApis } from "./side-apis.ts";

interface MockOptions {
  port?: number;
  host?: string;
  /** Remember requests and bodies. On by default; switch off for load. */
  record?: boolean;
  /** Answer a recorded stream without looking at the body. */
  fast?: boolean;
  catalogue?: Catalogue;
  /** A mood for everybody until changed, as by `POST /__mock/mood`. */
  mood?: string;
  /** Time from the creation of a batch to its end; three seconds without it. */
  batchMs?: number;
}

export interface Mock {
  url: string;
  port: number;
  requests: RecordedRequest[];
  served: ReadonlyMap<string, ServedCount>;
  setMood(mood: string): void;
  reset(): void;
  close(): Promise<void>;
}

const BATCH_MS = 3_000;
const BODY_MAX = 32 * 1024 * 1024;

/** Starts the fake upstream on a free port (or the given one) of this machine. */
export async function startMock(options: MockOptions = {}): Promise<Mock> {
  const handler = new MockUpstream(options);
  const server = createServer({ keepAlive: true, requestTimeout: 0 }, (req, res) => handler.handle(req, res));
  server.keepAliveTimeout = 60_000;
  const host = options.host ?? "127.0.0.1";
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${host}:${port}`,
    port,
    requests: handler.recorder.requests,
    served: handler.recorder.served,
    setMood: (mood) => {
      handler.standingMood = mood;
    },
    reset: () => handler.reset(),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const listen = (server: Server, port: number, host: string) =>
  new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, 4096, resolve);
  });

class MockUpstream {
  readonly recorder: Recorder;
  standingMood: string;
  private readonly api: MessagesApi;
  private readonly sides: SideApis;
  private readonly fast: FastAnswers | null;
  private requestNumber = 0;

  constructor(options: MockOptions) {
    this.recorder = new Recorder(options.record ?? true);
    this.standingMood = options.mood ?? "";
    this.fast = options.fast === true ? new FastAnswers() : null;
    this.api = {
      catalogue: options.catalogue ?? loadCatalogue(),
      cache: new PromptCache(),
      standingMood: () => this.standingMood,
      now: () => Date.now(),
      repeated: new Map(),
    };
    const { catalogue, now } = this.api;
    this.sides = new SideApis({ catalogue, now, batchMs: options.batchMs ?? BATCH_MS });
  }

  reset(): void {
    this.recorder.reset();
    this.api.cache.clear();
    this.standingMood = "";
  }

  handle(req: IncomingMessage, res: ServerResponse): void {
    const chunks: Buffer[] = [];
    let size = 0;
    req.on("data", (chunk: Buffer) => {
      size += chunk.length;
      if (size <= BODY_MAX) chunks.push(chunk);
    });
    req.on("error", () => res.destroy());
    req.on("end", () => {
      const raw = chunks.length === 1 && chunks[0] !== undefined ? chunks[0] : Buffer.concat(chunks);
      this.answer(req, res, raw, size > BODY_MAX).catch((error: unknown) => {
        process.stderr.write(`mock upstream: ${error instanceof Error ? error.stack : String(error)}\n`);
        res.destroy();
      });
    });
  }

  private async answer(req: IncomingMessage, res: ServerResponse, raw: Buffer, isTooLarge: boolean): Promise<void> {
    const url = req.url ?? "/";
    const question = url.indexOf("?");
    const path = question === -1 ? url : url.slice(0, question);
    if (path.startsWith("/__mock/")) return this.answerControl(req, res, path, url, raw);
    this.recorder.note(req, res, raw);
    const requestId = this.setHeaders(req, res);
    if (req.method === "HEAD") return void res.writeHead(200).end();
    if (isTooLarge) return sendRefusal(res, refusalOfStatus(413), requestId);
    if (req.method === "POST" && path === "/v1/messages") {
      if (this.fast !== null) return this.fast.answer(res, raw);
      const missing = missingHeader(req);
      if (missing !== null) return sendRefusal(res, missing, requestId);
      return answerMessages(this.api, { req, res, raw, requestId });
    }
    return this.answerRest(req, res, raw, path, requestId);
  }

  private answerRest(req: IncomingMessage, res: ServerResponse, raw: Buffer, path: string, requestId: string) {
    const missing = missingHeader(req);
    if (path.startsWith("/v1/") && missing !== null) return sendRefusal(res, missing, requestId);
    if (req.method === "POST" && path === "/v1/messages/count_tokens")
      return answerCountTokens(this.api, { req, res, raw, requestId });
    const mood = readMood({ model: "", headers: req.headers, metadata: undefined, standing: this.standingMood });
    if (misbehave({ req, res, raw, requestId }, mood)) return;
    if (req.method === "GET" && path === "/v1/models") {
      const query = new URL(req.url ?? "/", "http://mock").searchParams;
      return json(res, modelsPage(this.api.catalogue, query));
    }
    if (req.method === "GET" && path.startsWith("/v1/models/")) {
      const model = servedModel(this.api.catalogue, decodeURIComponent(path.slice("/v1/models/".length)));
      if (model !== null) return json(res, shownModel(model));
    }
    if (this.sides.answer(req, res, path, raw, requestId)) return;
    sendRefusal(res, refusalOfStatus(404), requestId);
  }

  /** Headers every answer of the provider carries. Returns the request id. */
  private setHeaders(req: IncomingMessage, res: ServerResponse): string {
    this.requestNumber += 1;
    const requestId = `req_mock${this.requestNumber.toString(36).padStart(16, "0")}`;
    res.setHeader("request-id", requestId);
    res.setHeader("anthropic-organization-id", "00000000-0000-4000-8000-000000000000");
    res.setHeader("anthropic-ratelimit-requests-limit", "4000");
    res.setHeader("anthropic-ratelimit-requests-remaining", "3999");
    res.setHeader("anthropic-ratelimit-requests-reset", "2026-11-22T12:00:00Z");
    res.setHeader("anthropic-ratelimit-input-tokens-limit", "2000000");
    res.setHeader("anthropic-ratelimit-input-tokens-remaining", "1999000");
    res.setHeader("anthropic-ratelimit-output-tokens-limit", "400000");
    res.setHeader("anthropic-ratelimit-output-tokens-remaining", "399000");
    const id = req.headers["x-mock-id"];
    if (typeof id === "string") res.setHeader("x-mock-id", id);
    return requestId;
  }

  /** `/__mock/requests`, `/__mock/served`, `/__mock/mood`: for tests that run in another process. */
  private answerControl(req: IncomingMessage, res: ServerResponse, path: string, url: string, raw: Buffer) {
    if (path === "/__mock/requests" && req.method === "DELETE") {
      this.reset();
      this.recorder.isKeeping = true;
      return json(res, { ok: true });
    }
    if (path === "/__mock/requests") return json(res, shownRequests(this.recorder, url.includes("bodies=1")));
    if (path === "/__mock/served") return json(res, Object.fromEntries(this.recorder.served));
    if (path === "/__mock/mood" && req.method === "POST") {
      this.standingMood = raw.toString().trim();
      return json(res, { mood: this.standingMood });
    }
    sendRefusal(res, refusalOfStatus(404), "req_mock");
  }
}

function missingHeader(req: IncomingMessage) {
  const key = req.headers["x-api-key"] ?? req.headers.authorization;
  if (key === undefined) return { ...refusalOfStatus(401), message: "x-api-key header is required" };
  if (String(key).includes("invalid")) return refusalOfStatus(401);
  if (req.headers["anthropic-version"] === undefined) return badRequest("anthropic-version: header is required");
  return null;
}
