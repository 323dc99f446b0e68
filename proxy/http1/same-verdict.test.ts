// Long because one list of heads is given to two readers. A head left out is a verdict without a comparison.

import { type ClientRequest, createServer, request as httpRequest, type IncomingHttpHeaders } from "node:http";
import { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { HeadReader, readPlainHead } from "./request-head.ts";
import { ResponseProblem, ResponseReader } from "./response-reader.ts";

/**
 * The message as a reader understood it. Null when the reader refused the message, or still waits for the rest of it.
 */
interface Read {
  first: string;
  headers: Record<string, unknown>;
  body: string;
}

const BODY = "x".repeat(87);
const ROUNDS = Number(process.env.CCO_FUZZ_ROUNDS ?? 4_000);

/** One end of a connection without a network: what is pushed arrives, what is written is dropped. */
class Wire extends Duplex {
  override _read(): void {}
  override _write(_bytes: Buffer, _encoding: string, done: () => void): void {
    done();
  }
}

const settled = () => new Promise((resolve) => setImmediate(() => setImmediate(resolve)));

/** Node's strict parser as a server runs it, with the same limit for the head as ours. */
const node = createServer({ maxHeaderSize: 16 * 1024, insecureHTTPParser: false });

async function readByNode(bytes: Buffer): Promise<Read[]> {
  const read: Read[] = [];
  const wire = new Wire();
  const listener = (request: import("node:http").IncomingMessage, response: import("node:http").ServerResponse) => {
    let body = "";
    request.on("error", () => {});
    request.on("data", (part: Buffer) => {
      body += part.toString("latin1");
    });
    request.on("end", () => {
      read.push({ first: `${request.method} ${request.url}`, headers: { ...request.headers }, body });
      response.end();
    });
  };
  node.on("request", listener);
  wire.on("error", () => {});
  node.emit("connection", wire);
  wire.push(bytes);
  await settled();
  await settled();
  node.off("request", listener);
  wire.destroy();
  return read;
}

function readByFastPath(bytes: Buffer, heads = new HeadReader()): Read | null {
  const end = bytes.indexOf("\r\n\r\n");
  const plain = end === -1 ? null : heads.read(bytes, end);
  if (plain === null) return null;
  const { head, bodyBytes } = plain;
  return {
    first: `POST ${head.url}`,
    headers: { ...head.headers, "content-length": bodyBytes },
    body: bytes.toString("latin1", end + 4, end + 4 + bodyBytes),
  };
}

const comparable = ({ first, headers, body }: Read): Read => ({
  first,
  headers: { ...headers, "content-length": Number(headers["content-length"]) },
  body,
});

/** Bytes that one reader or another has taken for white space, or for the end of a line. */
const ODD = ["\x0b", "\x0c", "\xa0", "\x85", "\r", "\n", "\t", " ", "\0", "\x7f", "\x1f", "\x1c", "\xff", "  ", "\t "];
const odd = fc.oneof({ weight: 24, arbitrary: fc.constant("") }, { weight: 4, arbitrary: fc.constantFrom(...ODD) });
const LENGTHS = ["87", "087", "+87", "-87", "0x57", "8 7", "87,87", "87, 87", "87;", "8.7e1", "", "1e9", "88", "5"];
const value = fc.oneof(
  { weight: 5, arbitrary: fc.constant("87") },
  { weight: 2, arbitrary: fc.constantFrom(...LENGTHS, "chunked", "close", "keep-alive", "a, b", "y\x80z") },
);
const name = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom("Content-Length", "content-length", "X-A", "x_b", "Connection") },
  { weight: 1, arbitrary: fc.constantFrom("Transfer-Encoding", "Content_Length", "", "X A", "X\xe9", "Set-Cookie") },
);
const line = fc
  .tuple(odd, name, odd, fc.constantFrom(":", ":", ":", ": ", ""), odd, value, odd)
  .map((parts) => parts.join(""));
const lineEnd = fc.oneof(
  { weight: 90, arbitrary: fc.constant("\r\n") },
  { weight: 1, arbitrary: fc.constantFrom("\n", "\r", "\r\r\n", "\n\r\n", "\x0b\r\n", "\r\n ") },
);
const REQUEST_LINES = ["POST /v1/messages HTTP/1.1", "POST /v1/messages?beta=true HTTP/1.1"];
const ODD_REQUEST_LINES = [
  "POST  /v1/messages HTTP/1.1",
  "POST /v1/messages HTTP/1.0",
  "POST\t/v1 HTTP/1.1",
  "POST / x HTTP/1.1",
];
const STATUS_LINES = ["HTTP/1.1 200 OK", "HTTP/1.1 200", "HTTP/1.1 200 ", "HTTP/1.1 404 Not\tFound"];
const ODD_STATUS_LINES = [
  "HTTP/1.1  200 OK",
  "HTTP/1.1 20 OK",
  "HTTP/1.1\t200 OK",
  "http/1.1 200 OK",
  "HTTP/1.1 200 a\x0bb",
];

function message(usual: string[], unusual: string[], fixed: string): fc.Arbitrary<string> {
  const first = fc.oneof(
    { weight: 8, arbitrary: fc.constantFrom(...usual) },
    { weight: 1, arbitrary: fc.constantFrom(...unusual) },
  );
  // One length as a rule, somewhere among the lines, with what may stand before and behind it.
  const length = fc.tuple(odd, odd, value, odd).map((parts) => `Content-Length${parts[0]}:${parts.slice(1).join("")}`);
  const lines = fc.tuple(
    fc.array(line, { maxLength: 2 }),
    fc.option(length, { freq: 9 }),
    fc.array(line, { maxLength: 1 }),
  );
  return fc
    .tuple(first, odd, lines, fc.array(lineEnd, { minLength: 8, maxLength: 8 }), lineEnd)
    .map(([start, behind, [before, middle, after], ends, blank]) => {
      const all = [
        start + behind,
        ...(fixed === "" ? [] : [fixed]),
        ...before,
        ...(middle === null ? [] : [middle]),
        ...after,
      ];
      return `${all.map((text, at) => text + (ends[at] ?? "\r\n")).join("")}${blank}${BODY}`;
    });
}

const requestText = message(REQUEST_LINES, ODD_REQUEST_LINES, "Host: h");
const answerText = message(STATUS_LINES, ODD_STATUS_LINES, "");

/**
 * Minimum number of messages in the corpus that our reader must accept. Only accepted messages are evidence: without
 * them the test proves nothing.
 */
const TAKEN_MIN = ROUNDS / 40;

describe("request heads that our own reader accepts", () => {
  it("Node's strict parser accepts them as well, with the same target, headers and body", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(requestText, async (text) => {
        const bytes = Buffer.from(text, "latin1");
        const ours = readByFastPath(bytes);
        if (ours === null || ours.body.length < Number(ours.headers["content-length"])) return;
        taken++;
        // The bytes that our reader takes for the whole request. A reader that frames it differently waits for more
        // bytes, or has some left.
        const end = bytes.indexOf("\r\n\r\n") + 4 + ours.body.length;
        const [theirs] = await readByNode(bytes.subarray(0, end));
        expect(theirs === undefined ? null : comparable(theirs), JSON.stringify(text)).toEqual(ours);
      }),
      { numRuns: ROUNDS },
    );
    expect(taken).toBeGreaterThan(TAKEN_MIN);
  }, 60_000);

  it("a head parsed as a repetition of the one before it gets the same verdict", async () => {
    const good = Buffer.from(`POST /v1/messages HTTP/1.1\r\nHost: h\r\nContent-Length: 87\r\nX-A: 1\r\n\r\n${BODY}`);
    await fc.assert(
      fc.property(fc.nat({ max: 80 }), fc.constantFrom(...ODD, "0", "9", ","), fc.boolean(), (at, piece, replaces) => {
        const text = good.toString("latin1");
        const changed = Buffer.from(text.slice(0, at) + piece + text.slice(at + (replaces ? 1 : 0)), "latin1");
        const heads = new HeadReader();
        readByFastPath(good, heads);
        expect(readByFastPath(changed, heads), JSON.stringify(changed.toString("latin1"))).toEqual(
          readByFastPath(changed),
        );
      }),
      { numRuns: ROUNDS },
    );
  });

  it.each(["\x0b87", "87\x0b", "87\xa0", "\xa087", "87\x0c", "\x0c87", "87\r", "\r87", "87\x85", "\ufeff87"])(
    "rejects a content length with the white space of JavaScript around it: %j",
    (text) => {
      const head = (length: string) => `POST /v1/messages HTTP/1.1\r\nHost: h\r\nContent-Length:${length}`;
      expect(readPlainHead(head(text))).toBeNull();
      expect(readPlainHead(`${head("87")}\r\nX-A: 1\r`)).toBeNull();
      expect(readPlainHead(head("  87  "))?.bodyBytes).toBe(87);
    },
  );
});

/** Node's client parser; null when it refuses the response. */
async function answerByNode(bytes: Buffer): Promise<Read | null> {
  const wire = new Wire();
  let read: Read | null = null;
  const request: ClientRequest = httpRequest({ method: "POST", createConnection: () => wire as never });
  request.on("error", () => {});
  request.on("response", (answer) => {
    let body = "";
    answer.on("error", () => {});
    answer.on("data", (part: Buffer) => {
      body += part.toString("latin1");
    });
    answer.on("end", () => {
      read = { first: String(answer.statusCode), headers: { ...answer.headers }, body };
    });
  });
  request.end();
  await settled();
  wire.push(bytes);
  wire.push(null);
  await settled();
  await settled();
  wire.destroy();
  return read;
}

function answerByUs(bytes: Buffer): Read | null {
  const read = { first: "", headers: {} as IncomingHttpHeaders, body: "" };
  let isWhole = false;
  const reader = new ResponseReader("POST", {
    head: (status, headers) => Object.assign(read, { first: String(status), headers: { ...headers } }),
    body: (piece) => {
      read.body += piece.toString("latin1");
    },
    end: () => {
      isWhole = true;
    },
  });
  try {
    reader.push(Buffer.from(bytes));
    reader.closed();
  } catch (problem) {
    if (!(problem instanceof ResponseProblem)) throw problem;
    return null;
  }
  return isWhole ? read : null;
}

describe("responses that our own reader accepts", () => {
  it("Node's strict parser accepts them as well, with the same status, headers and body", async () => {
    let taken = 0;
    await fc.assert(
      fc.asyncProperty(answerText, async (text) => {
        const bytes = Buffer.from(text, "latin1");
        const ours = answerByUs(bytes);
        if (ours === null) return;
        taken++;
        expect(await answerByNode(bytes), JSON.stringify(text)).toEqual(ours);
      }),
      { numRuns: ROUNDS },
    );
    expect(taken).toBeGreaterThan(TAKEN_MIN);
  }, 60_000);
});
