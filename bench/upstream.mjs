// The upstream of the bench: reads each request to its last byte, then answers with a recorded message. Raw sockets and prepared bytes, so that
// the load generator and this process cost little beside the proxy under test. Prints its port.
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
const message = {
  id: "msg_bench",
  type: "message",
  role: "assistant",
  model: "claude-haiku-4-5-20251001",
  content: [],
  stop_reason: null,
  usage,
};
const events = [
  { type: "message_start", message },
  { type: "content_block_start", index: 0, content_block: { type: "text", text: "" } },
  ...deltas,
  { type: "content_block_stop", index: 0 },
  { type: "message_delta", delta: { stop_reason: "end_turn", stop_sequence: null }, usage: { output_tokens: 25 } },
  { type: "message_stop" },
];
const chunk = (text) => `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`;
const sse = events.map((event) => chunk(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`));
const head = "HTTP/1.1 200 OK\r\nrequest-id: req_bench\r\nanthropic-organization-id: org_bench\r\n";
const streamHead = `${head}content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n`;
// Four writes, as a network would deliver them; the first holds message_start, the last message_stop.
const streamed = [
  streamHead + sse.slice(0, 2).join(""),
  sse.slice(2, 20).join(""),
  sse.slice(20, -2).join(""),
  `${sse.slice(-2).join("")}0\r\n\r\n`,
].map((text) => Buffer.from(text));
const body = JSON.stringify({
  ...message,
  content: [{ type: "text", text: deltas.map((event) => event.delta.text).join("") }],
  stop_reason: "end_turn",
  usage: { ...usage, output_tokens: 25 },
});
const plain = [
  Buffer.from(`${head}content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`),
];
const blank = Buffer.from("\r\n\r\n");

const server = createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  let missing = -1;
  let wantsStream = false;
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
        wantsStream = /x-bench-stream: *1/i.test(headers);
        rest = pending.subarray(end + 4);
        pending = Buffer.alloc(0);
      }
      const taken = Math.min(missing, rest.length);
      missing -= taken;
      rest = rest.subarray(taken);
      if (missing > 0) return;
      missing = -1;
      for (const part of wantsStream ? streamed : plain) socket.write(part);
    }
  });
});
server.listen(Number(process.env.BENCH_UPSTREAM_PORT ?? 0), "127.0.0.1", () =>
  console.log(`upstream on ${server.address().port}`),
);
