import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HeadField, HeadProblem, HeadsInTurn, readFields } from "./head-lines.ts";
import { ResponseProblem, ResponseReader } from "./response-reader.ts";

interface Read {
  status: number;
  headers: Record<string, unknown>;
  body: string;
  ended: boolean | null;
}

/** Reads `text` as it would come off the wire, cut at `cuts`; then the connection ends if `closes` is set. */
function read(text: string, cuts: readonly number[] = [], closes = false, method = "POST"): Read {
  const got: Read = { status: 0, headers: {}, body: "", ended: null };
  const reader = new ResponseReader(method, {
    head: (status, headers) => Object.assign(got, { status, headers }),
    body: (bytes) => {
      got.body += bytes.toString("latin1");
    },
    end: (isReusable) => {
      expect(got.ended).toBeNull();
      got.ended = isReusable;
    },
  });
  let at = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), text.length]) {
    if (cut > at) reader.push(Buffer.from(text.slice(at, cut), "latin1"));
    at = Math.max(at, cut);
  }
  if (closes) reader.closed();
  return got;
}

const head = (...lines: string[]) => `HTTP/1.1 200 OK\r\n${lines.map((line) => `${line}\r\n`).join("")}\r\n`;
const chunked = (...parts: string[]) =>
  `${head("Transfer-Encoding: chunked", "X-A: 1")}${parts.map((part) => `${part.length.toString(16)}\r\n${part}\r\n`).join("")}0\r\n\r\n`;

const line = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom("date: a", "date: ab", "x-a: 1", "X-B:  two ", "set-cookie: c=1", "x-a: 1") },
  { weight: 1, arbitrary: fc.constantFrom("", "no colon", "x : 1", "x-a: \u0000", "x-a: 1\n") },
);

it("parses heads in sequence like each of them alone", () => {
  fc.assert(
    fc.property(fc.array(fc.array(line, { maxLength: 6 }), { maxLength: 8 }), (all) => {
      const heads = new HeadsInTurn();
      for (const lines of all) {
        const text = ["HTTP/1.1 200 OK", ...lines].join("\r\n");
        const alone = () => readFields(text.split("\r\n"));
        let fields: HeadField[] | null = null;
        try {
          fields = alone();
        } catch (problem) {
          if (!(problem instanceof HeadProblem)) throw problem;
        }
        if (fields === null) expect(() => heads.read(text)).toThrow(HeadProblem);
        else expect(heads.read(text)).toEqual({ first: "HTTP/1.1 200 OK", fields });
      }
    }),
    { numRuns: 500 },
  );
});

describe("the response reader", () => {
  it("reads the same response wherever the network cuts it, in each framing", () => {
    const shapes = [
      chunked("one", "two\r\n3", "x".repeat(300)),
      `${head("content-length: 7")}abc\r\ndef`.slice(0, -1),
      chunked(),
    ];
    for (const text of shapes) {
      const whole = read(text);
      expect(whole.ended).toBe(true);
      for (let cut = 1; cut < text.length; cut++) expect(read(text, [cut])).toEqual(whole);
      fc.assert(
        fc.property(fc.array(fc.nat({ max: text.length })), (cuts) => {
          expect(read(text, cuts)).toEqual(whole);
        }),
      );
    }
  });

  it("joins the body pieces of one read and removes the framing", () => {
    expect(read(chunked("one", "two", "three"))).toMatchObject({
      status: 200,
      body: "onetwothree",
      headers: { "x-a": "1" },
    });
  });

  it("skips informational heads", () => {
    expect(read(`HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n${head("content-length: 1")}a`)).toMatchObject({
      status: 200,
      body: "a",
    });
  });

  it("ends a response without a length with its connection, which is not reused", () => {
    const text = `${head("content-type: text/plain")}all of it`;

    expect(read(text).ended).toBeNull();
    expect(read(text, [], true)).toMatchObject({ body: "all of it", ended: false });
  });

  it("does not end a response whose connection closes in its middle", () => {
    expect(read(`${head("content-length: 10")}abc`, [], true).ended).toBeNull();
    expect(read(chunked("one").slice(0, -2), [], true).ended).toBeNull();
  });

  it("reads no body for statuses and methods that have none", () => {
    expect(read("HTTP/1.1 204 No Content\r\n\r\n").ended).toBe(true);
    expect(read(head("content-length: 5"), [], false, "HEAD").ended).toBe(true);
  });

  it("keeps set-cookie apart and joins other repeated headers", () => {
    const { headers } = read(head("Set-Cookie: a", "Set-Cookie: b", "Via: 1", "via: 2", "content-length: 0"));

    expect(headers).toEqual({ "set-cookie": ["a", "b"], via: "1, 2", "content-length": "0" });
  });

  it("gives up the connection when the provider asks to close it", () => {
    expect(read(head("Connection: Close", "content-length: 0")).ended).toBe(false);
    expect(read("HTTP/1.0 200 OK\r\ncontent-length: 0\r\n\r\n").ended).toBe(false);
  });

  it("refuses a response that two readers could frame differently", () => {
    const wrong = [
      head("content-length: 3", "transfer-encoding: chunked"),
      head("transfer-encoding: gzip, chunked"),
      head("content-length: 3", "content-length: 4"),
      head("content-length: +3"),
      head("content-length: 0x3"),
      head("content-length : 3"),
      head("x: 1", " folded: 2"),
      head("x: a\u0000b"),
      "HTTP/1.1 101 Switching\r\nupgrade: x\r\n\r\n",
      "HTTP/2 200\r\n\r\n",
      "ICY 200 OK\r\n\r\n",
      `${head("content-length: 1")}ab`,
      `${head("transfer-encoding: chunked")}-1\r\n`,
      `${head("transfer-encoding: chunked")}3\r\nabcX\r\n`,
      `${head("transfer-encoding: chunked")}3\nabc\r\n0\r\n\r\n`,
      `${chunked("a")}more`,
      "HTTP/1.1 204 No Content\r\n\r\nbody",
    ];

    for (const text of wrong) expect(() => read(text), JSON.stringify(text)).toThrow(ResponseProblem);
  });

  it("limits the parts of a response that are read into memory", () => {
    expect(() => read(`HTTP/1.1 200 OK\r\nx: ${"a".repeat(70_000)}`)).toThrow(ResponseProblem);
    expect(() => read(`${head("transfer-encoding: chunked")}1;${"a".repeat(3_000)}`)).toThrow(ResponseProblem);
  });
});
