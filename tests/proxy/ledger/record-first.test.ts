import { connect } from "node:net";
import { afterEach, expect, it, onTestFinished } from "vitest";
import type { Spool } from "#proxy/spool/spool.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const STREAM = [
  'event: message_start\ndata: {"type":"message_start","message":{"model":"m","usage":{"input_tokens":1,"output_tokens":1}}}\n\n',
  'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}\n\n',
  'event: message_stop\ndata: {"type":"message_stop"}\n\n',
];

/** A spool whose disk takes as long as the test wants. */
function slowSpool() {
  const gates: Record<"open" | "close", (() => void)[]> = { open: [], close: [] };
  const wait = (gate: "open" | "close") => new Promise<void>((resolve) => gates[gate].push(resolve));
  const spool: Spool = {
    open: () => {},
    openInTurn: () => wait("open"),
    started: () => {},
    close: () => {},
    closeInTurn: () => wait("close"),
    backlog: () => ({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" }),
    sync: async () => {},
    noteDrained: () => {},
    handOverTo: () => {},
    end: async () => {},
  };
  return { spool, gates };
}

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;

async function begin(answer: ScriptedUpstream["answer"]) {
  const { spool, gates } = slowSpool();
  upstream = await startScriptedUpstream();
  upstream.answer = answer;
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, spool });
  const body = '{"model":"m","max_tokens":1,"messages":[],"stream":true}';
  const socket = connect(proxy.port, "127.0.0.1");
  onTestFinished(() => void socket.destroy());
  let text = "";
  socket.on("data", (bytes) => {
    text += bytes.toString("latin1");
  });
  socket.write(
    `POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1:${proxy.port}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
  return { gates, answered: () => text };
}

afterEach(async () => {
  await proxy.end();
  await upstream.close();
});

const head = { "content-type": "text/event-stream" };
/**
 * Waits until what was going to be sent has been sent. By then the proxy has done other work, and been asked over the
 * network.
 */
async function aWhile(): Promise<void> {
  for (let i = 0; i < 3; i++) await fetch(`http://127.0.0.1:${proxy.port}/livez`);
}

it("no request is sent to the provider before it is recorded", async () => {
  const { gates, answered } = await begin((response) => {
    response.writeHead(200, head);
    response.end(STREAM.join(""));
  });
  await until(() => gates.open.length === 1);
  await aWhile();
  expect(upstream.arrived).toEqual([]);

  gates.open[0]?.();

  await until(() => upstream.arrived.length === 1 && gates.close.length === 1);
  gates.close[0]?.();
  await until(() => answered().includes("message_stop"));
});

it("a stream continues immediately, and its end waits until the request is recorded", async () => {
  const { gates, answered } = await begin((response) => {
    response.writeHead(200, head);
    response.write(STREAM[0]);
    setTimeout(() => response.write(STREAM[1]), 20);
    setTimeout(() => response.end(STREAM[2]), 40);
  });
  await until(() => gates.open.length === 1);
  gates.open[0]?.();
  await until(() => gates.close.length === 1);
  await until(() => answered().includes("end_turn"));
  await aWhile();
  expect(answered()).toContain("message_start");
  expect(answered()).not.toContain("message_stop");

  gates.close[0]?.();

  await until(() => answered().endsWith("0\r\n\r\n"));
  expect(answered()).toContain("message_stop");
});

it("a whole stream is delivered when the provider hangs up after its last event", async () => {
  const { gates, answered } = await begin((response) => {
    response.writeHead(200, head);
    response.write(STREAM.join(""));
    setTimeout(() => response.destroy(), 20);
  });
  await until(() => gates.open.length === 1);
  gates.open[0]?.();
  await until(() => gates.close.length === 1);
  await aWhile();

  gates.close[0]?.();

  await until(() => answered().includes("message_stop"));
});
