import { connect, type Socket } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES });
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

beforeEach(() => {
  upstream.arrived.length = 0;
  upstream.answer = answerJson;
});

const body = (n: number | string) => `{"model":"claude-opus-5-5","max_tokens":1,"messages":[],"n":"${n}"}`;
const post = (text: string, ...headers: string[]) =>
  [
    "POST /v1/messages HTTP/1.1",
    `Host: 127.0.0.1:${proxy.port}`,
    `Content-Length: ${Buffer.byteLength(text)}`,
    ...headers,
    "",
    text,
  ].join("\r\n");
const chunkedPost = (text: string) =>
  `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nTransfer-Encoding: chunked\r\n\r\n${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;
const get = () => `GET /livez HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\n\r\n`;

/** Sends each piece in a separate packet and reads until `answers` responses are complete. */
async function talk(
  pieces: readonly string[],
  answers: number,
): Promise<{ statuses: number[]; text: string; socket: Socket }> {
  const socket = connect({ port: proxy.port, host: "127.0.0.1", noDelay: true });
  let text = "";
  const whole = new Promise<void>((resolve, reject) => {
    socket.on("error", reject);
    socket.on("close", () => resolve());
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (wholeAnswers(text) === answers) resolve();
    });
  });
  for (const piece of pieces)
    await new Promise<void>((resolve) => socket.write(piece, "latin1", () => setImmediate(resolve)));
  await whole;
  return { statuses: [...text.matchAll(/HTTP\/1\.1 (\d{3})/g)].map((match) => Number(match[1])), text, socket };
}

function wholeAnswers(text: string): number {
  let count = 0;
  let rest = text;
  for (;;) {
    const head = /^HTTP\/1\.1 \d{3}[\s\S]*?\r\n\r\n/.exec(rest)?.[0];
    const length = head === undefined ? undefined : /content-length: (\d+)/i.exec(head)?.[1];
    if (head === undefined || length === undefined || rest.length < head.length + Number(length)) return count;
    rest = rest.slice(head.length + Number(length));
    count++;
  }
}

const bodies = () => upstream.arrived.map((arrived) => arrived.body.toString());

describe("a connection on the fast path", () => {
  it("parses a request alike for any segmentation of the network", async () => {
    const whole = post(body("ä"), "X-Api-Key: sk-test");
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.integer({ min: 1, max: whole.length - 1 }), { maxLength: 4 }), async (at) => {
        upstream.arrived.length = 0;
        const cuts = [0, ...at.toSorted((a, b) => a - b), whole.length];
        const pieces = cuts.slice(1).map((end, i) =>
          Buffer.from(whole)
            .toString("latin1")
            .slice(cuts[i], end === whole.length ? undefined : end),
        );

        const { statuses, socket } = await talk(pieces, 1);

        socket.destroy();
        expect(statuses).toEqual([200]);
        expect(bodies()).toEqual([body("ä")]);
      }),
      { numRuns: 60 },
    );
  });

  it("handles requests in order, also when they are pipelined", async () => {
    const { statuses, socket } = await talk([[1, 2, 3, 4, 5].map((n) => post(body(n))).join("")], 5);

    socket.destroy();
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(bodies()).toEqual([1, 2, 3, 4, 5].map(body));
  });

  it("does not take the next request for the end of a large body", async () => {
    const texts = ["a", "b", "c"].map((letter) => body(letter.repeat(200_000)));

    const { statuses, socket } = await talk([texts.map((text) => post(text)).join("")], texts.length);

    socket.destroy();
    expect(statuses).toEqual([200, 200, 200]);
    expect(bodies()).toEqual(texts);
  });

  it("distinguishes a head from the one before it, by each byte and by the length alone", async () => {
    const said = (value: string, n: number) => post(body("x".repeat(n)), `X-Said: ${value}`);
    const texts = [said("a", 1), said("a", 9), said("a", 2_000), said("b", 2_000), said("bb", 20_000), said("bb", 0)];

    const { statuses, socket } = await talk([texts.join("")], texts.length);

    socket.destroy();
    expect(statuses).toEqual(texts.map(() => 200));
    expect(upstream.arrived.map(({ headers }) => headers["x-said"])).toEqual(["a", "a", "a", "b", "bb", "bb"]);
    expect(bodies().map((text) => text.length - body("").length)).toEqual([1, 9, 2_000, 2_000, 20_000, 0]);
  });

  it("parses a head again when its length has other characters than digits", async () => {
    const good = post(body(1));
    const length = Buffer.byteLength(body(1));
    for (const bad of [`${length}, ${length}`, `+${length}`, `${length}e0`, "", "99999999999"]) {
      const { statuses, socket } = await talk([good, good.replace(/(Content-Length: )\d+/, `$1${bad}`)], 2);

      socket.destroy();
      expect(statuses, bad).toEqual([200, bad === "99999999999" ? 413 : 400]);
    }
  });

  it("moves to the full parser at the first request that is not plain, without losing a byte", async () => {
    const { statuses, socket } = await talk(
      [`${post(body(1))}${get()}${post(body(2))}${chunkedPost(body(3))}${post(body(4))}`],
      5,
    );

    socket.destroy();
    expect(statuses).toEqual([200, 200, 200, 200, 200]);
    expect(bodies()).toEqual([1, 2, 3, 4].map(body));
  });

  it("that begins otherwise belongs to the full parser from its first byte", async () => {
    for (const first of [get(), chunkedPost(body(0)), "GET /livez HTTP/1.1\nHost: x\n\n"]) {
      const { statuses, socket } = await talk([first.slice(0, 3), first.slice(3)], 1);

      socket.destroy();
      expect(statuses, first).toHaveLength(1);
    }
  });

  it("is closed after refusing a body that is still arriving, and the refusal is readable", async () => {
    const text = post("x".repeat(300_000)).replace("/v1/messages", "/v1/messages/count_tokens");

    const { statuses, text: answer } = await talk([text.slice(0, 2_000), text.slice(2_000)], 1);

    expect(statuses).toEqual([400]);
    expect(answer).toContain("invalid_request_error");
  });

  it("leaves a head with two possible readings to the full parser", async () => {
    const doubled = [
      post(body(1), "X-Api-Key: a", "x-api-key: b"),
      post(body(1), "Content-Length: 3"),
      post(body(1), " folded: 1"),
      post(body(1), "X-Bare: a\rb"),
      post(body(1)).replace("\r\nHost", "\nHost"),
      post(body(1)).replace("/v1/messages", "/v1/./messages"),
    ];
    for (const text of doubled) {
      const { statuses, socket } = await talk([text], 1);

      socket.destroy();
      expect(statuses, text).toEqual([400]);
    }
    expect(upstream.arrived).toEqual([]);
  });

  it("stops the provider when its caller leaves mid-request", async () => {
    upstream.answer = () => {};
    const socket = connect(proxy.port, "127.0.0.1", () => socket.write(post(body(1))));
    await until(() => upstream.arrived.length === 1);

    socket.destroy();

    await until(() => upstream.arrived[0]?.isAborted === true);
    await until(() => proxy.closed.at(-1)?.ended === "cancelled");
  });
});
