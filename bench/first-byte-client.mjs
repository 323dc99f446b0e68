// Sends one request over and over on kept-alive connections, as agents do, and measures each answer twice. It measures to the first byte of its body and to its last byte. It prints one line of JSON. Raw sockets are used, so that little is measured but the other side.
//   node bench/first-byte-client.mjs URL REQUEST_FILE CONNECTIONS SECONDS
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { performance } from "node:perf_hooks";

const [url = "", file = "", connections = "1", seconds = "1"] = process.argv.slice(2);
const { hostname, port } = new URL(url);
const request = readFileSync(file);
const firstMs = [];
const wholeMs = [];
let failures = 0;

/** One connection, one request at a time, until the time is over. */
function run(endAt) {
  return new Promise((resolve) => {
    let sentAt = 0;
    let firstAt = 0;
    let head = "";
    let tail = "";
    /** Bytes of the body still to come; null where the answer comes in chunks. */
    let missing = null;
    const send = () => {
      if (performance.now() >= endAt) return socket.end();
      firstAt = 0;
      head = "";
      tail = "";
      missing = null;
      sentAt = performance.now();
      socket.write(request);
    };
    const take = (text) => {
      if (firstAt === 0) {
        head += text;
        const bodyAt = head.indexOf("\r\n\r\n") + 4;
        if (bodyAt === 3 || bodyAt === head.length) return;
        firstAt = performance.now();
        if (!head.startsWith("HTTP/1.1 200")) failures++;
        const length = /^content-length: *(\d+)/im.exec(head.slice(0, bodyAt));
        if (length !== null) missing = Number(length[1]) - (head.length - bodyAt);
      } else if (missing !== null) missing -= text.length;
      tail = (tail + text).slice(-5);
      if (missing === null ? tail !== "0\r\n\r\n" : missing > 0) return;
      firstMs.push(firstAt - sentAt);
      wholeMs.push(performance.now() - sentAt);
      send();
    };
    const socket = connect({ host: hostname, port: Number(port), noDelay: true }, send);
    socket.setEncoding("latin1");
    socket.on("data", take);
    socket.on("error", () => failures++);
    socket.on("close", resolve);
  });
}

/** A quantile of what was measured, in milliseconds; null when nothing was. */
function quantile(values, share) {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
}

const startedAt = performance.now();
const endAt = startedAt + Number(seconds) * 1000;
await Promise.all(Array.from({ length: Number(connections) }, () => run(endAt)));
const first = { p50: quantile(firstMs, 0.5), p99: quantile(firstMs, 0.99) };
const whole = { p50: quantile(wholeMs, 0.5), p99: quantile(wholeMs, 0.99) };
console.log(`MEASURED ${JSON.stringify({ requests: firstMs.length, failures, first, whole })}`);
