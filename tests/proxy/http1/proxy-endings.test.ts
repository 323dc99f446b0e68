// Long because every way in which a request can end is one promise about the same record.

import { request as httpRequest, type IncomingMessage } from "node:http";
import { connect, type Socket } from "node:net";
import { performance } from "node:perf_hooks";
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, until } from "#tests/support/proxy-process.ts";
import {
  answerJson,
  answerStream,
  type ScriptedUpstream,
  startScriptedUpstream,
  streamText,
} from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream();
  proxy = await startProxyInProcess({
    upstreamUrl: upstream.url,
    rules: ONE_RULE,
    timeouts: { connectMs: 8_000, firstByteMs: 8_000, idleMs: 8_000 },
    pingAfterMs: 200,
  });
});

beforeEach(() => {
  for (const list of [proxy.opened, proxy.started, proxy.closed, upstream.arrived]) list.length = 0;
  upstream.answer = answerJson;
});

afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

interface Seen {
  status: number;
  text: string;
  isWhole: boolean;
}

/** Asks and reports how the answer ended for the caller. */
function ask(body: string, onData?: (text: string, answer: IncomingMessage) => void): Promise<Seen> {
  return new Promise((resolve) => {
    let text = "";
    const request = httpRequest(`${proxy.url}/v1/messages`, { method: "POST", agent: false }, (answer) => {
      answer.setEncoding("utf8");
      answer.on("data", (part: string) => {
        text += part;
        onData?.(text, answer);
      });
      answer.on("error", () => {});
      answer.on("close", () => resolve({ status: answer.statusCode ?? 0, text, isWhole: answer.complete }));
    });
    request.on("error", () => resolve({ status: 0, text, isWhole: false }));
    request.end(body);
  });
}

const PING = 'event: ping\ndata: {"type": "ping"}\n\n';
const COMMENT = ": keep-alive\n";
/** What the provider sent: on a busy machine a stream is silent for long enough to be pinged. */
const withoutPings = (text: string): string => text.replaceAll(PING, "").replaceAll(COMMENT, "");
const STREAMED = '{"model":"claude-sonnet-5-5","stream":true}';
const OVERRIDDEN = '{"model":"claude-opus-5-5","stream":true}';
const onlyEvent = () => until(() => proxy.closed.length === 1 && proxy.closed[0]);

describe("the end of a request", () => {
  it("T15: of a stream cut at any byte is one truncated event, a broken connection and no invented ending", async () => {
    const text = streamText("claude-haiku-5-5");
    const bytes = Buffer.from(text);
    const end = bytes.indexOf("event: message_stop") + 'event: message_stop\ndata: {"type":"message_stop"}\n\n'.length;
    expect(end).toBe(bytes.length);
    const asked = streamText("claude-opus-5-5");
    for (const body of [STREAMED, OVERRIDDEN]) {
      for (let cut = 0; cut < bytes.length; cut += 1) {
        proxy.closed.length = 0;
        upstream.answer = (response) => {
          response.writeHead(200, { "content-type": "text/event-stream", "transfer-encoding": "chunked" });
          response.flushHeaders();
          if (cut === 0) response.socket?.end();
          else response.write(bytes.subarray(0, cut), () => response.socket?.end());
        };
        const seen = await ask(body);
        const event = await onlyEvent();

        // Where nothing had left, the caller gets a 502. The first event of another model is held until its name is known.
        const isRefused = seen.status === 502;
        if (isRefused) expect(cut).toBeLessThan(body === STREAMED ? 1 : text.indexOf("\n\n") + 2);
        else expect(seen.isWhole, `cut at ${cut}`).toBe(false);
        const passed = isRefused ? "" : withoutPings(seen.text).replace(/\ufffd+$/, "");
        expect((body === STREAMED ? text : asked).startsWith(passed), `cut at ${cut}`).toBe(true);
        expect(seen.text.includes('"type":"message_stop"}\n\n')).toBe(false);
        expect(event.ended, `cut at ${cut}`).toBe("truncated");
        const knowsInput = cut >= text.indexOf("\n\n");
        expect(event.usage.inputTokens, `cut at ${cut}`).toBe(knowsInput ? 11 : 0);
      }
    }
  });

  it("of a stream is recorded before its last event is sent", async () => {
    const text = streamText("claude-sonnet-5-5");
    for (let cut = text.length - 80; cut < text.length; cut++) {
      proxy.closed.length = 0;
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(text.slice(0, cut));
        setImmediate(() => response.end(text.slice(cut)));
      };
      let closedWhenSeen = -1;
      await ask(STREAMED, (seen) => {
        if (seen.endsWith('"message_stop"}\n\n') && closedWhenSeen === -1) closedWhenSeen = proxy.closed.length;
      });
      expect(closedWhenSeen).toBe(1);
      expect(proxy.closed).toHaveLength(1);
    }
  });

  it("of a whole stream is exact and priced", async () => {
    upstream.answer = answerStream;
    const seen = await ask(OVERRIDDEN);

    expect(seen).toMatchObject({ status: 200, isWhole: true });
    expect(proxy.closed).toEqual([
      expect.objectContaining({
        ended: "complete",
        usageState: "exact",
        decision: "override",
        requestedModel: "claude-opus-5-5",
        servedModel: "claude-haiku-5-5",
        answeredModel: "claude-haiku-5-5",
        stopReason: "end_turn",
        upstreamRequestId: "req_up",
        costNanoUsd: "188600",
        baselineNanoUsd: "7144000",
        savedNanoUsd: "6955400",
      }),
    ]);
    expect(proxy.opened).toHaveLength(1);
  });

  it("of a stream without its last event is complete when it has a stop reason", async () => {
    const text = streamText("claude-sonnet-5-5").replace(/event: message_stop[\s\S]*$/, "");
    upstream.answer = (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(text);

    const seen = await ask(STREAMED);
    expect({ ...seen, text: withoutPings(seen.text) }).toEqual({ status: 200, text, isWhole: true });
    expect(proxy.closed).toMatchObject([{ ended: "complete", usageState: "exact" }]);
  });

  it("by an error event is an error with the usage so far", async () => {
    const text = `${streamText("m").split("event: content_block_stop")[0]}event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"x"}}\n\n`;
    upstream.answer = (response) => response.writeHead(200, { "content-type": "text/event-stream" }).end(text);

    const seen = await ask(STREAMED);
    expect({ ...seen, text: withoutPings(seen.text) }).toEqual({ status: 200, text, isWhole: true });
    expect(proxy.closed).toMatchObject([{ ended: "error", errorType: "overloaded_error", usageState: "estimated" }]);
  });

  it("by a caller who leaves stops the provider within 250 ms, at every event", async () => {
    const events = streamText("claude-sonnet-5-5").split(/(?<=\n\n)/);
    /** Leaves behind an event; milliseconds until the provider was stopped. */
    const leaveBehind = async (leave: number): Promise<number> => {
      proxy.closed.length = 0;
      upstream.arrived.length = 0;
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(events.slice(0, leave + 1).join(""));
      };
      let leftAt = 0;
      await ask(STREAMED, (text, answer) => {
        if (leftAt > 0 || withoutPings(text) !== events.slice(0, leave + 1).join("")) return;
        leftAt = performance.now();
        answer.destroy();
      });
      await until(() => upstream.arrived[0]?.isAborted);
      return performance.now() - leftAt;
    };
    for (let leave = 0; leave < events.length - 1; leave++) {
      let stoppedAfterMs = await leaveBehind(leave);
      // A busy machine makes one of them late, and not five.
      for (let more = 0; more < 4 && stoppedAfterMs >= 250; more++) stoppedAfterMs = await leaveBehind(leave);
      const event = await onlyEvent();

      expect(stoppedAfterMs).toBeLessThan(250);
      expect(event).toMatchObject({ ended: "cancelled", status: 200 });
      expect(event.usage.inputTokens).toBe(11);
      if (leave >= 3 && leave < 6) expect(event).toMatchObject({ usageState: "estimated" });
      if (leave >= 4 && leave < 6) expect(event.usage.outputTokens).toBeGreaterThan(1);
    }
  });

  it("by a caller who leaves before any response stops the provider too", async () => {
    upstream.answer = () => {};
    const socket = connect(proxy.port, "127.0.0.1");
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nContent-Length: ${STREAMED.length}\r\n\r\n${STREAMED}`,
    );
    await until(() => upstream.arrived.length === 1);
    socket.destroy();
    await until(() => upstream.arrived[0]?.isAborted);

    expect(await onlyEvent()).toMatchObject({
      ended: "cancelled",
      status: 499,
      usageState: "unknown",
      costNanoUsd: null,
    });
  });

  it.each([
    ["with a length", "Content-Length: 500", '{"model":', (socket: Socket) => socket.destroy()],
    ["in chunks", "Transfer-Encoding: chunked", '10\r\n{"model":"claude\r\n', (socket: Socket) => socket.destroy()],
    ["in chunks, by a half close", "Transfer-Encoding: chunked", "2\r\n{}\r\n", (socket: Socket) => socket.end()],
    [
      "in chunks, by a reset",
      "Transfer-Encoding: chunked",
      "2\r\n{}\r\n",
      (socket: Socket) => socket.resetAndDestroy(),
    ],
  ])(
    "by a caller who leaves while still sending costs nothing and is recorded once: %s",
    async (_, framing, sent, leave) => {
      const socket = connect(proxy.port, "127.0.0.1");
      socket.on("error", () => {});
      socket.write(`POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\n${framing}\r\n\r\n${sent}`);
      await until(() => proxy.server.live.bodyBytesHeld > 0);
      leave(socket);

      expect(await onlyEvent()).toMatchObject({ ended: "cancelled", status: 499, usageState: "none" });
      expect(upstream.arrived).toHaveLength(0);
      expect(proxy.server.live.bodyBytesHeld).toBe(0);
      socket.destroy();
    },
  );

  it("by a caller whose body is no body is recorded with the status that it was sent", async () => {
    const socket = connect(proxy.port, "127.0.0.1");
    let text = "";
    socket.on("data", (part) => {
      text += part;
    });
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n`,
    );
    await until(() => proxy.server.live.bodyBytesHeld > 0);
    socket.write("zz\r\n");

    expect(await onlyEvent()).toMatchObject({ ended: "error", status: 400, errorType: "request.invalid" });
    await until(() => text.startsWith("HTTP/1.1 400 "));
    expect(upstream.arrived).toHaveLength(0);
    expect(proxy.server.live.bodyBytesHeld).toBe(0);
  });

  it("by a provider that breaks off a whole response is a typed 502", async () => {
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "application/json", "content-length": "500" });
      response.write('{"id":', () => response.destroy());
    };
    const seen = await ask('{"model":"claude-sonnet-5-5"}');

    expect(seen).toMatchObject({ status: 502, isWhole: true });
    expect(JSON.parse(seen.text)).toMatchObject({ type: "error", error: { type: "api_error" } });
    expect(proxy.closed).toMatchObject([{ ended: "truncated", status: 502 }]);
  });

  const STREAM_HEAD = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n";
  const BREAKS: [string, (socket: Socket | null) => void][] = [
    ["a damaged chunk in the same packet", (socket) => socket?.end(`${STREAM_HEAD}zz\r\n`)],
    ["its end at once", (socket) => socket?.end(STREAM_HEAD)],
    ["its end a moment later", (socket) => socket?.write(STREAM_HEAD, () => setTimeout(() => socket.end(), 100))],
    ["a reset", (socket) => socket?.write(STREAM_HEAD, () => setTimeout(() => socket.resetAndDestroy(), 100))],
    ["half a chunk size", (socket) => socket?.write(STREAM_HEAD, () => setTimeout(() => socket.end("1"), 100))],
  ];
  it.each(BREAKS.flatMap(([how, end]) => [STREAMED, OVERRIDDEN].map((body) => [how, body, end] as const)))(
    "by a provider that breaks off a stream between its head and its first byte is a typed 502: %s, %s",
    async (_, body, end) => {
      upstream.answer = (response) => end(response.socket);
      const seen = await ask(body);

      expect(seen).toMatchObject({ status: 502, isWhole: true });
      expect(JSON.parse(seen.text)).toMatchObject({ type: "error", error: { type: "api_error" } });
      expect(proxy.closed).toMatchObject([{ ended: "truncated", status: 502 }]);
    },
  );

  it("by a provider that sends its head long before its first byte sends the head on within seconds", async () => {
    const headTick = performance.now();
    upstream.answer = (response) =>
      void response.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
    const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", body: STREAMED });

    expect(answer.status).toBe(200);
    expect(performance.now() - headTick).toBeGreaterThan(900);
    await answer.body?.cancel();
    expect(await onlyEvent()).toMatchObject({ ended: "cancelled", status: 200 });
  });

  it("by a provider that resets before it answers is a 502, and nothing is sent twice", async () => {
    upstream.answer = (response) => response.socket?.resetAndDestroy();

    expect((await ask(STREAMED)).status).toBe(502);
    expect(upstream.arrived).toHaveLength(1);
    expect(proxy.closed).toMatchObject([{ ended: "error", status: 502, errorType: "upstream.failed" }]);
  });

  it("by a provider that never answers is a 504, and one that falls silent breaks the connection", async () => {
    upstream.answer = () => {};
    expect((await ask(STREAMED)).status).toBe(504);

    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      response.write(streamText("m").slice(0, 400));
    };
    const seen = await ask(STREAMED);
    expect(seen.isWhole).toBe(false);
    expect(proxy.closed.map(({ ended }) => ended)).toEqual(["error", "truncated"]);
  });

  it("has a default ping before 15 s of silence", async () => {
    let laterMs = 0;
    const { now } = Performance.prototype;
    const clock = vi.spyOn(performance, "now").mockImplementation(() => now.call(performance) + laterMs);
    vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] });
    const usual = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
    try {
      const begun = streamText("claude-sonnet-5-5").slice(0, streamText("claude-sonnet-5-5").indexOf("\n\n") + 2);
      upstream.answer = (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(begun);
      };
      const answer = await fetch(`${usual.url}/v1/messages`, { method: "POST", body: STREAMED });
      const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader();
      expect((await reader?.read())?.value).toBe(begun);
      for (; laterMs < 14_900; laterMs += 100) vi.advanceTimersByTime(100);

      expect((await reader?.read())?.value).toBe('event: ping\ndata: {"type": "ping"}\n\n');
      await reader?.cancel();
    } finally {
      vi.useRealTimers();
      clock.mockRestore();
      await usual.end();
    }
  });

  it.each([
    ["\n", "claude-sonnet-5-5"],
    ["\r\n", "claude-sonnet-5-5"],
    ["\r", "claude-sonnet-5-5"],
    ["\n", "claude-opus-5-5"],
    ["\r\n", "claude-opus-5-5"],
  ])(
    "pings a silent stream behind every whole line and within none, with lines ended by %j of %s",
    async (lineEnd, asked) => {
      const served = asked === "claude-opus-5-5" ? "claude-haiku-5-5" : asked;
      const provided = streamText(served).replaceAll("\n", lineEnd);
      const expected = streamText(asked).replaceAll("\n", lineEnd);
      const ends = [...provided.matchAll(/[\r\n]/g)].flatMap(({ index }) => [index, index + 1, index + 2]);
      const last = provided.lastIndexOf(lineEnd + lineEnd);
      // Whether an overridden stream begins well is waited for, head and all.
      const first = asked === served ? 0 : provided.indexOf(lineEnd + lineEnd) + 2 * lineEnd.length;
      const cuts = [...new Set([1, 5, 20, ...ends])].filter((cut) => cut >= first && cut < last);
      upstream.answer = (response, { body }) => {
        const cut = Number(/"cut":(\d+)/.exec(body.toString())?.[1]);
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(Buffer.from(provided).subarray(0, Buffer.byteLength(provided.slice(0, cut))));
        // Many times what a ping waits for, for a machine that is busy.
        setTimeout(() => response.end(provided.slice(cut)), 2_000);
      };
      const seen = await Promise.all(
        cuts.map(async (cut) => [cut, (await ask(`{"model":"${asked}","stream":true,"cut":${cut}}`)).text] as const),
      );
      for (const [cut, text] of seen) {
        const name = JSON.stringify(provided.slice(0, cut).slice(-30));
        const isEvent = text.includes(PING);
        const isComment = text.includes(COMMENT);
        // What was added is whole lines at the beginning of a line; without them the stream is as it came.
        expect(withoutPings(text), name).toBe(expected);
        for (const { index } of text.matchAll(/: keep-alive\n|event: ping\ndata: \{"type": "ping"/g))
          expect(index === 0 || /[\r\n]/.test(text.charAt(index - 1)), name).toBe(true);
        if (provided.slice(0, cut).endsWith(`\n${lineEnd}`)) expect(isEvent, name).toBe(true);
        else if (provided.charAt(cut - 1) === "\n") expect(isEvent || isComment, name).toBe(true);
        else if (asked === served && !/[\r\n]/.test(provided.charAt(cut - 1)))
          expect(isEvent || isComment, name).toBe(false);
      }
    },
  );

  it("waits for a slow caller instead of buffering without bound", async () => {
    const piece = `event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"${"x".repeat(60_000)}"}}\n\n`;
    let written = 0;
    upstream.answer = (response) => {
      response.writeHead(200, { "content-type": "text/event-stream" });
      const more = () => {
        while (written < 1_000 && response.write(piece)) written++;
        if (written < 1_000) response.once("drain", more);
        else response.end();
      };
      more();
    };
    const socket = connect(proxy.port, "127.0.0.1");
    socket.write(
      `POST /v1/messages HTTP/1.1\r\nHost: localhost:${proxy.port}\r\nContent-Length: ${STREAMED.length}\r\n\r\n${STREAMED}`,
    );
    await new Promise((resolve) => socket.once("data", resolve));
    socket.pause();
    let last = -1;
    await until(async () => {
      const isStill = written === last;
      last = written;
      await new Promise((resolve) => setTimeout(resolve, 150));
      return isStill && written === last;
    });

    expect(written).toBeLessThan(500);
    socket.destroy();
    await until(() => proxy.closed.length === 1);
  });
});
