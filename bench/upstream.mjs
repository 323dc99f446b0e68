// Upstream of the bench, which answers with a recorded message in the name of the requested model. It reads each request to its last byte before it answers. Raw sockets and prepared bytes are used, so that the load generator and this process cost little beside the proxy under test. It prints its port.
//   x-bench-trickle: MS   the stream starts at once, then says one word every MS milliseconds until the caller leaves
//   x-bench-stream: 1     a stream, wherever the body says so
//   GET /record           keeps the body of the next message; GET /recorded hands it out
import { createServer, Socket } from "node:net";

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
function buildAnswers(model) {
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
  if (!answers.has(model)) answers.set(model, buildAnswers(model));
  return answers.get(model);
}

const blank = Buffer.from("\r\n\r\n");
const streamWanted = Buffer.from('"stream":true');
/** Claude Code writes `model` first and `stream` last. */
const LOOKED_AT_BYTES = 512;
const READ_BYTES = 256 * 1024;
let isRecording = false;
let recorded = Buffer.alloc(0);

/** Requests one after the other on one connection. Bytes are looked at where they were read and kept only in part. */
class Requests {
  pending = Buffer.alloc(0);
  /** Bytes of the body still to come; null while a head is awaited. */
  missing = null;
  headers = "";
  first = "";
  last = Buffer.alloc(0);
  kept = [];

  constructor(socket) {
    this.socket = socket;
  }

  take(bytes) {
    let rest = bytes;
    while (rest.length > 0) rest = this.missing === null ? this.takeHead(rest) : this.takeBody(rest);
  }

  takeHead(bytes) {
    const all = this.pending.length > 0 ? Buffer.concat([this.pending, bytes]) : bytes;
    const end = all.indexOf(blank);
    if (end < 0) {
      this.pending = Buffer.from(all);
      return all.subarray(all.length);
    }
    this.pending = Buffer.alloc(0);
    this.headers = all.latin1Slice(0, end);
    this.first = "";
    this.missing = Number(/content-length: *(\d+)/i.exec(this.headers)?.[1] ?? 0);
    if (this.missing === 0) this.answerGet();
    return all.subarray(end + 4);
  }

  takeBody(bytes) {
    const part = bytes.subarray(0, this.missing);
    if (this.first === "") this.first = part.latin1Slice(0, LOOKED_AT_BYTES);
    if (isRecording) this.kept.push(Buffer.from(part));
    this.missing -= part.length;
    const last = part.length < LOOKED_AT_BYTES ? Buffer.concat([this.last, part]) : part;
    if (this.missing > 0) this.last = Buffer.from(last.subarray(-LOOKED_AT_BYTES));
    else this.answer(last);
    return bytes.subarray(part.length);
  }

  answer(last) {
    const { socket, headers } = this;
    if (isRecording) recorded = Buffer.concat(this.kept);
    isRecording = false;
    this.kept = [];
    this.missing = null;
    this.last = Buffer.alloc(0);
    const { opening, streamed, plain } = answersFor(/"model": *"([^"]+)"/.exec(this.first)?.[1] ?? "claude-haiku-5-5");
    const trickleMs = Number(/x-bench-trickle: *(\d+)/i.exec(headers)?.[1] ?? 0);
    if (trickleMs > 0) {
      socket.write(opening);
      const timer = setInterval(() => socket.write(word), trickleMs);
      socket.once("close", () => clearInterval(timer));
      return;
    }
    // The header is for those that put the fields of the body in another order.
    const wantsStream = last.indexOf(streamWanted, -LOOKED_AT_BYTES) >= 0 || /x-bench-stream: *1/i.test(headers);
    for (const part of wantsStream ? streamed : plain) socket.write(part);
  }

  answerGet() {
    this.missing = null;
    const isAsked = this.headers.startsWith("GET /recorded ");
    isRecording = this.headers.startsWith("GET /record ");
    const body = isAsked ? recorded : Buffer.alloc(0);
    this.socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n`);
    this.socket.write(body);
  }
}

// Shared read buffer of all sockets. With a buffer for each socket, this process would take three times the CPU for 150
// kB.
const shared = Buffer.alloc(READ_BYTES);
const server = createServer({ noDelay: true, pauseOnConnect: true }, ({ _handle: handle }) => {
  let requests = null;
  const callback = (length) => {
    requests.take(shared.subarray(0, length));
    return true;
  };
  const socket = new Socket({ handle, onread: { buffer: shared, callback } });
  requests = new Requests(socket);
  socket.on("error", () => socket.destroy());
  socket.resume();
});

server.listen(Number(process.env.BENCH_UPSTREAM_PORT ?? 0), "127.0.0.1", () =>
  console.log(`upstream on ${server.address().port}`),
);
