import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import { RawCaller } from "#tests/support/raw-caller.ts";
import { rounds } from "#tests/support/rounds.ts";
import {
  answerJson,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
  USAGE,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});
beforeEach(() => forget());

function forget(): void {
  for (const list of [proxy.opened, proxy.started, proxy.closed, upstream.arrived]) list.length = 0;
}

const body = (model: string, isStream: boolean) => `{"model":"${model}","stream":${isStream},"max_tokens":50}`;
const head = (framing: string) =>
  `POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nContent-Type: application/json\r\n${framing}\r\n\r\n`;
const withLength = (text: string, more = "") => head(`Content-Length: ${text.length}${more}`) + text;
const inChunks = (text: string) =>
  `${head("Transfer-Encoding: chunked")}${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`;

/**
 * Each way a request can come: read by our own parser or by Node's. It may be alone on its connection or after another
 * one.
 */
const ways: [string, (text: string) => Promise<RawCaller>][] = [
  ["first on a kept connection", async (text) => sent(withLength(text))],
  ["second on a kept connection", async (text) => sent(withLength(text), await afterAnother())],
  ["alone on its connection", async (text) => sent(withLength(text, "\r\nConnection: close"))],
  ["in chunks", async (text) => sent(inChunks(text))],
  ["in chunks, second on a kept connection", async (text) => sent(inChunks(text), await afterAnother())],
];

function sent(request: string, caller = new RawCaller(proxy.port)): RawCaller {
  caller.send(request);
  return caller;
}

async function afterAnother(): Promise<RawCaller> {
  const { answer } = upstream;
  upstream.answer = answerJson;
  const caller = sent(withLength(body("claude-sonnet-5-5", false)));
  await caller.until(({ isWhole }) => isWhole);
  await until(() => proxy.closed.length === 1);
  upstream.answer = answer;
  forget();
  return caller;
}

const events = (model: string) => streamText(model).split(/(?<=\n\n)/);
const onlyEvent = () => until(() => proxy.closed.length === 1 && proxy.closed[0]);
const promptUsage = {
  inputTokens: USAGE.input_tokens,
  cacheWrite5mTokens: USAGE.cache_creation.ephemeral_5m_input_tokens,
  cacheWrite1hTokens: USAGE.cache_creation.ephemeral_1h_input_tokens,
  cacheReadTokens: USAGE.cache_read_input_tokens,
};

describe.each(ways)("R11: a caller who leaves (%s)", (_way, send) => {
  it.each(["claude-sonnet-5-5", "claude-opus-5-5"])(
    "at any event of a stream (%s) stops the provider, with an exact prompt and an estimated output above zero",
    async (asked) => {
      const served = asked === "claude-opus-5-5" ? "claude-haiku-5-5" : asked;
      const provided = events(served);
      const outputs: number[] = [];
      for (let leave = 0; leave < provided.length - 1; leave += 1) {
        forget();
        const soFar = provided.slice(0, leave + 1).join("");
        const seen = events(asked)
          .slice(0, leave + 1)
          .join("");
        upstream.answer = (response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write(soFar);
        };
        const caller = await send(body(asked, true));
        // A stream whose model is renamed may hold back the bytes that could be a name.
        await caller.until(({ body }) => body.length >= Math.min(seen.length, Buffer.byteLength(seen)));
        caller.leave();
        await until(() => upstream.arrived[0]?.isAborted);
        const event = await onlyEvent();

        expect(event, `left after event ${leave}`).toMatchObject({
          ended: "cancelled",
          status: 200,
          servedModel: served,
        });
        expect(event.usage).toMatchObject(promptUsage);
        expect(event.costNanoUsd).toMatch(/^[1-9]/);
        const hasUsage = soFar.includes("event: message_delta");
        expect(event.usageState).toBe(hasUsage ? "exact" : "estimated");
        if (hasUsage) expect(event.usage.outputTokens).toBe(USAGE.output_tokens);
        else outputs.push(event.usage.outputTokens);
      }
      expect(outputs.every((tokens) => tokens > 0)).toBe(true);
      // "Grüße 🎉" and "and more": what was delivered counts, at about four bytes a token.
      expect(outputs.slice(3)).toEqual([3, 5, 5]);
    },
  );

  it("before a response, or during one that is not a stream, stops the provider at unknown cost", async () => {
    for (const begun of ["", '{"id":"msg_1","type":"message","content":[{"type":"text","te']) {
      forget();
      upstream.answer = (response) => {
        if (begun === "") return;
        response.writeHead(200, { "content-type": "application/json", "content-length": 500 });
        response.write(begun);
      };
      const caller = await send(body("claude-sonnet-5-5", false));
      await until(() => upstream.arrived.length === 1);
      caller.leave();
      await until(() => upstream.arrived[0]?.isAborted);

      expect(await onlyEvent()).toMatchObject({
        ended: "cancelled",
        status: 499,
        usageState: "unknown",
        costNanoUsd: null,
      });
    }
  });
});

it.each([
  ["before the head of its answer", (response) => response.socket?.destroy()],
  [
    "in the middle of an answer in one piece",
    (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": 500 });
      response.write('{"model":"claude-sonnet-5-5","content":[', () => response.socket?.destroy());
    },
  ],
] as [string, typeof upstream.answer][])(
  "records a request as of unknown cost when the provider breaks off %s",
  async (_when, answer) => {
    forget();
    upstream.answer = answer;
    await ways[0]?.[1](body("claude-sonnet-5-5", false)).then((caller) => caller.untilClosed());

    expect(await onlyEvent()).toMatchObject({ usageState: "unknown", costNanoUsd: null });
  },
);

/**
 * Each way breaks off at its own fifth of the bytes: together they are all bytes. `CCO_TEST_TIMES=5` gives each way all
 * of them.
 */
const CUT_EVERY = Math.max(1, Math.round(ways.length / rounds(1)));

describe.each(ways.map(([way, send], at) => [way, send, at] as const))(
  "R12: a response that breaks off (%s)",
  (...[, send, at]) => {
    it("at any byte of a stream gives exactly the bytes before it, a broken connection, and no invented ending", async () => {
      const whole = Buffer.from(streamText("claude-sonnet-5-5"));
      for (let cut = 1 + (at % CUT_EVERY); cut < whole.length; cut += CUT_EVERY) {
        forget();
        upstream.answer = (response) => {
          response.writeHead(200, { "content-type": "text/event-stream" });
          response.write(whole.subarray(0, cut), () => response.socket?.end());
        };
        const seen = await (await send(body("claude-sonnet-5-5", true))).untilClosed();

        expect(seen.isWhole, `cut at ${cut}`).toBe(false);
        expect(seen.body.equals(whole.subarray(0, cut)), `cut at ${cut}: ${seen.body.length} bytes came`).toBe(true);
        expect((await onlyEvent()).ended, `cut at ${cut}`).toBe("truncated");
        expect(upstream.arrived).toHaveLength(1);
      }
    });
  },
);
