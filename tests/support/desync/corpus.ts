import { HIDDEN } from "./stand-in.ts";

/** One request of an attacker: its bytes, how they are cut, and how the attacker's side ends. */
export interface Attack {
  text: string;
  cuts: number[];
  ending: "stays" | "half-closes" | "leaves" | "resets";
}

type Random = () => number;

const TARGETS: readonly (readonly [methods: readonly string[], path: string])[] = [
  [["POST"], "/v1/messages"],
  [["POST"], "/v1/messages/count_tokens"],
  [["GET", "DELETE", "HEAD", "POST", "OPTIONS"], "/v1/files/f"],
  [["POST", "PUT", "PATCH"], "/v1/files"],
  [["POST"], "/v1/files/lazy"],
  [["GET", "POST", "DELETE"], "/v1/messages/batches/b"],
  [["GET", "HEAD", "DELETE"], "/v1/models/m"],
  [["GET", "DELETE", "HEAD", "POST", "PUT", "PATCH", "OPTIONS"], "/api/team"],
  [["POST", "DELETE"], "/api/lazy"],
  [["GET", "HEAD", "POST"], "/rules"],
  [["GET", "POST"], "/terminal"],
];
/**
 * Numbers of header lines in front of the framing. They are none, some, about as many as the fast path takes, and about as
 * many as the guard takes.
 */
const FILLERS = [0, 0, 0, 3, 95, 100, 190, 195, 196, 197, 198, 199, 200, 201, 202, 230, 400];

/** What clients of HTTP/2 add to their first request. */
const H2C = [
  "Connection: Upgrade, HTTP2-Settings",
  "Upgrade: h2c",
  "HTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA",
];

/** Ways to say how long a body of `n` bytes is; `hex` is the same in chunks. */
const FRAMINGS: readonly ((n: number) => string[])[] = [
  () => [],
  (n) => [`Content-Length: ${n}`],
  (n) => [`Content-Length: ${n}`],
  (n) => [`content-length:${n}`],
  () => ["Transfer-Encoding: chunked"],
  () => ["Transfer-Encoding: chunked"],
  (n) => [`Content-Length: ${n}`, "Transfer-Encoding: chunked"],
  (n) => ["Transfer-Encoding: chunked", `Content-Length: ${n}`],
  () => ["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
  () => ["Transfer-Encoding: chunked", "Transfer-Encoding: identity"],
  (n) => [`Content-Length: ${n}`, `Content-Length: ${n}`],
  (n) => [`Content-Length: 0`, `Content-Length: ${n}`],
  (n) => [`Content-Length: ${n}, ${n}`],
  (n) => [`Content-Length: \x0b${n}`],
  (n) => [`Content-Length: ${n}\xa0`],
  (n) => [`Content-Length: ${n}\x0c`],
  (n) => [`Content-Length:\t${n}\t`],
  (n) => [`Content-Length: ${n}\r`],
  (n) => [`Content-Length: +${n}`],
  (n) => [`Content-Length: 0x${n.toString(16)}`],
  (n) => [`Content-Length : ${n}`],
  (n) => [`Content-Length:\r\n ${n}`],
  (n) => [`X-A: b\r\n Content-Length: ${n}`],
  (n) => [`X-A: b\rContent-Length: ${n}`],
  (n) => [`X-A: b\nContent-Length: ${n}`],
  (n) => [`Content_Length: ${n}`],
  () => ["Transfer-Encoding: \x0bchunked"],
  () => ["Transfer-Encoding: chunked\x0c"],
  () => ["Transfer-Encoding: xchunked"],
  () => ["Transfer-Encoding: gzip, chunked"],
  () => ["Transfer-Encoding: chunked, identity"],
  () => ["Transfer-Encoding : chunked"],
  () => ["Transfer-Encoding:\r\n chunked"],
  () => ["X-A: b\nTransfer-Encoding: chunked"],
  () => ["Transfer-Encoding: CHUNKED", "Trailer: x"],
  (n) => [`Content-Length: ${n}`, "Connection: content-length"],
  () => ["Transfer-Encoding: chunked", "Connection: transfer-encoding"],
  (n) => [`Content-Length: ${n}`, "Expect: 100-continue"],
  (n) => [`Content-Length: ${n}`, "Connection: Upgrade", "Upgrade: websocket"],
  (n) => [`Content-Length: ${n}`, "Connection: close"],
  (n) => [`Content-Length: ${n}`, ...H2C],
  () => ["Transfer-Encoding: chunked", ...H2C],
  (n) => [...H2C, `Content-Length: ${n}`, "Transfer-Encoding: chunked"],
  (n) => ["Connection: Upgrade", `Upgrade:\r\n Content-Length: ${n}`],
  (n) => ["Connection: upgrade, content-length", "Upgrade: h2c", "Upgrade: websocket", `Content-Length: ${n}`],
  () => ["Connection: Upgrade", "Upgrade: TLS/1.0", "Transfer-Encoding: chunked"],
];

/**
 * A hidden request, whose host is none the proxy serves. Read as a request by the proxy, this is refused and never goes
 * on.
 */
const HIDDEN_REQUEST = [
  "GET /v1/files/stolen HTTP/1.1",
  "Host: inner.invalid",
  `x-marker: ${HIDDEN}`,
  "x-api-key: attacker",
  "cookie: attacker",
  "",
  "",
].join("\r\n");

/** More than a reader that stops early has read, and more than the console takes. */
const LARGE_BYTES = [300_000, 1_100_000];

/** The attack of this round, the same for the same random numbers. */
export function buildAttack(random: Random, port: number): Attack {
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)] as T;
  const [methods, path] = pick(TARGETS);
  const one = () => malformed({ random, pick, port, method: pick(methods), path });
  const good = `GET /v1/files/f HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\nx-marker: m\r\nx-api-key: attacker\r\n\r\n`;
  const text = pick([
    () => one(),
    () => one(),
    () => one(),
    () => good + one(),
    () => one() + good,
    () => one() + one(),
  ])();
  const isCut = random() < 0.3;
  const cuts = isCut ? [random(), random()].map((at) => Math.floor(at * text.length)).toSorted((a, b) => a - b) : [];
  const ending = pick(["stays", "stays", "stays", "half-closes", "leaves", "resets"] as const);
  return { text, cuts, ending };
}

interface Making {
  random: Random;
  pick: <T>(list: readonly T[]) => T;
  port: number;
  method: string;
  path: string;
}

function malformed({ random, pick, port, method, path }: Making): string {
  const isLarge = random() < (path.includes("lazy") ? 0.4 : 0.02);
  const inner = isLarge ? HIDDEN_REQUEST.padEnd(pick(LARGE_BYTES), "x") : HIDDEN_REQUEST;
  const chunk = `${inner.length.toString(16)}\r\n${inner}\r\n0\r\n\r\n`;
  const framing = pick(FRAMINGS);
  // Without a word about chunks they would be a body like any other; sometimes just that is sent.
  const isChunked = framing(0).some((line) => /transfer.encoding/i.test(line)) === random() < 0.9;
  const body = isChunked
    ? pick([chunk, chunk, `0\r\n\r\n${inner}`, `${inner.length.toString(16)};x=1\r\n${inner}`])
    : inner;
  const length = pick([body.length, body.length, body.length, 0, body.length - 10, body.length + 50]);
  // A body for the console is read only behind a head like those of the console's pages.
  const ownPage = pick([[], ["Sec-Fetch-Site: same-origin", "Content-Type: application/json"]]);
  const usual = [`Host: 127.0.0.1:${port}`, "x-marker: m", "x-api-key: attacker", "cookie: attacker", ...ownPage];
  const fillers = Array.from({ length: pick(FILLERS) }, (_, at) => `X${at}: 1`);
  const lines = pick([
    [...usual, ...fillers, ...framing(length)],
    [...usual, ...fillers, ...framing(length)],
    [...framing(length), ...fillers, ...usual],
    [...usual, ...framing(length), ...fillers],
  ]);
  return `${method} ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}
