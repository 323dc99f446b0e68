import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** One request as it arrived, byte for byte. */
export interface Arrived {
  method: string;
  url: string;
  headers: IncomingMessage["headers"];
  rawHeaders: string[];
  body: Buffer;
  /** The connection ended before the answer did. */
  isAborted: boolean;
}

export type Answerer = (response: ServerResponse, arrived: Arrived, request: IncomingMessage) => void;

/** An upstream of a few lines that does exactly what a test says. */
export interface ScriptedUpstream {
  url: string;
  port: number;
  arrived: Arrived[];
  answer: Answerer;
  close(): Promise<void>;
}

export async function startScriptedUpstream(answer: Answerer = answerJson, onPort = 0): Promise<ScriptedUpstream> {
  const server: Server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on("error", () => {});
    response.on("error", () => {});
    request.on("data", (part: Buffer) => parts.push(part));
    request.on("end", () => {
      const { method = "", url = "", headers, rawHeaders } = request;
      const arrived: Arrived = { method, url, headers, rawHeaders, body: Buffer.concat(parts), isAborted: false };
      response.on("close", () => {
        arrived.isAborted = !response.writableFinished;
      });
      upstream.arrived.push(arrived);
      upstream.answer(response, arrived, request);
    });
  });
  // As a provider does. After five seconds, Node's own measure, a busy machine sends on a connection that is just being ended.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(onPort, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: ScriptedUpstream = {
    url: `http://127.0.0.1:${port}`,
    port,
    arrived: [],
    answer,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return upstream;
}

export const USAGE = {
  input_tokens: 11,
  cache_creation_input_tokens: 1000,
  cache_read_input_tokens: 2000,
  cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 400 },
  output_tokens: 25,
};

/** A whole answer that names the model it was asked for. */
export const answerJson: Answerer = (response, arrived) => {
  const model = /"model"\s*:\s*"([^"]*)"/.exec(arrived.body.toString())?.[1] ?? "none";
  const body = JSON.stringify({
    id: "msg_1",
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: "end_turn",
    usage: USAGE,
  });
  response.writeHead(200, {
    "content-type": "application/json",
    "content-length": Buffer.byteLength(body),
    "request-id": "req_up",
  });
  response.end(body);
};

/** The events of one short answer; `model` is what the provider says it was. */
export function streamText(model: string): string {
  const event = (data: Record<string, unknown>) => `event: ${data.type}\ndata: ${JSON.stringify(data)}\n\n`;
  return [
    event({
      type: "message_start",
      message: {
        id: "msg_1",
        type: "message",
        role: "assistant",
        model,
        content: [],
        stop_reason: null,
        usage: { ...USAGE, output_tokens: 1 },
      },
    }),
    event({ type: "ping" }),
    event({ type: "content_block_start", index: 0, content_block: { type: "text", text: "" } }),
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "Grüße 🎉" } }),
    event({ type: "content_block_delta", index: 0, delta: { type: "text_delta", text: "and more" } }),
    event({ type: "content_block_stop", index: 0 }),
    event({
      type: "message_delta",
      delta: { stop_reason: "end_turn", stop_sequence: null },
      usage: { output_tokens: 25 },
    }),
    event({ type: "message_stop" }),
  ].join("");
}

export const answerStream: Answerer = (response, arrived) => {
  const model = /"model"\s*:\s*"([^"]*)"/.exec(arrived.body.toString())?.[1] ?? "none";
  response.writeHead(200, { "content-type": "text/event-stream", "request-id": "req_up" });
  response.end(streamText(model));
};
