// The upstream of the bench: reads each request to its last byte, then answers with a recorded message in the name of the
// model it was asked for. Raw sockets and prepared bytes, so that the load generator and this process cost little beside
// the proxy under test. Prints its port.
//   x-bench-trickle: MS   the stream starts at once, then says one word every MS milliseconds until the caller leaves
//   GET /record           keeps the body of the next message; GET /recorded hands it out
import { createServer } from "node:net";

const deltas = Array.from({ length: 40 }, (_, index) => ({
  type: "content_block_delta",
  index: 0,
  delta: { type: "text_delta", text: `word ${index} of an answer that is long enough to look like one. ` },
}));
const usage = {
  input_tokens: 11,
  cache_creation_input_tokens: 1000,
  cache_read_input_tokens: 2000,
  cache_creation: { ephemeral_5m_input_tokens: 600, ephemeral_1h_input_tokens: 400 },
  output_tokens: 1,
  service_tier: "standard",
};
const head = "HTTP/1.1 200 OK\r\nrequest-id: req_bench\r\nanthropic-organization-id: org_bench\r\n";
const streamHead = `${head}content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n`;
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const sse = (event) => chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`);
const word = Buffer.from(sse(deltas[0]));

/** The answers of one model, ready to be written. */
function answersOf(model) {
  const message = {
    id: "msg_bench",
    type: "message",
    role: "assistant",
    model,
    content: [],
    stop_reason: null,
    stop_sequence: null,
    usage,
  };
  const start = { type: "message_start", message };
  const open = { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } };
  const close = { type: "content_block_stop", index: 0 };
  const delta = {
    type: "message_delta",
    delta: { stop_reason: "end_turn", stop_sequence: null },
    usage: { output_tokens: 25 },
  };
  const words = deltas.map(sse);
  const text = deltas.map((event) => event.delta.text).join("");
  const whole = { ...message, content: [{ type: "text", text }], stop_reason: "end_turn" };
  const body = JSON.stringify({ ...whole, usage: { ...usage, output_tokens: 25 } });
  const opening = streamHead + sse(start) + sse(open);
  return {
    opening: Buffer.from(opening),
    // Four writes, as a network would deliver them; the first holds message_start, the last message_stop.
    streamed: [
      opening,
      words.slice(0, 18).join(""),
      words.slice(18).join(""),
      `${sse(close)}${sse(delta)}${sse({ type: "message_stop" })}0\r\n\r\n`,
    ].map((part) => Buffer.from(part)),
    plain: [
      Buffer.from(`${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
    ],
  };
}

const answers = new Map();
function answersFor(model) {
  if (!answers.has(model)) answers.set(model, answersOf(model));
  return answers.get(model);
}

const blank = Buffer.from("\r\n\r\n");
const isStream = Buffer.from('"stream":true');
/** Where a client writes `stream`: last, or among the first fields. */
const LOOKED_AT_BYTES = 512;
let isRecording = false;
let recorded = Buffer.alloc(0);

const server = createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  let missing = -1;
  let trickleMs = 0;
  let first = null;
  let last = null;
  let kept = [];
  socket.on("error", () => socket.destroy());
  socket.on("data", (data) => {
    let rest = data;
    while (rest.length > 0) {
      if (missing < 0) {
        pending = pending.length > 0 ? Buffer.concat([pending, rest]) : rest;
        const end = pending.indexOf(blank);
        if (end < 0) return;
        const headers = pending.toString("latin1", 0, end);
        missing = Number(/content-length: *(\d+)/i.exec(headers)?.[1] ?? 0);
        trickleMs = Number(/x-bench-trickle: *(\d+)/i.exec(headers)?.[1] ?? 0);
        rest = pending.subarray(end + 4);
        pending = Buffer.alloc(0);
        first = null;
        last = null;
        if (headers.startsWith("GET ")) {
          missing = -1;
          answerGet(socket, headers);
          continue;
        }
      }
      const taken = Math.min(missing, rest.length);
      const part = rest.subarray(0, taken);
      first ??= part;
      last = part.length < LOOKED_AT_BYTES && last !== null ? Buffer.concat([last, part]) : part;
      if (isRecording) kept.push(part);
      missing -= taken;
      rest = rest.subarray(taken);
      if (missing > 0) return;
      missing = -1;
      if (isRecording) {
        recorded = Buffer.concat(kept);
        isRecording = false;
      }
      kept = [];
      answer(socket, first, last, trickleMs);
    }
  });
});

function answer(socket, first, last, trickleMs) {
  const model = /"model": *"([^"]+)"/.exec(first.toString("latin1", 0, LOOKED_AT_BYTES))?.[1] ?? "claude-haiku-5-5";
  const { opening, streamed, plain } = answersFor(model);
  if (trickleMs > 0) {
    socket.write(opening);
    const timer = setInterval(() => socket.write(word), trickleMs);
    socket.once("close", () => clearInterval(timer));
    return;
  }
  const wantsStream =
    last.indexOf(isStream, -LOOKED_AT_BYTES) >= 0 || first.subarray(0, LOOKED_AT_BYTES).indexOf(isStream) >= 0;
  for (const part of wantsStream ? streamed : plain) socket.write(part);
}

function answerGet(socket, headers) {
  if (headers.startsWith("GET /recorded ")) {
    socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${recorded.length}\r\n\r\n`);
    socket.write(recorded);
    return;
  }
  isRecording = headers.startsWith("GET /record ");
  socket.write("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
}

server.listen(Number(process.env.BENCH_UPSTREAM_PORT ?? 0), "127.0.0.1", () =>
  console.log(`upstream on ${server.address().port}`),
);
