import { connect } from "node:net";
import fc from "fast-check";
import { afterAll, beforeAll, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { type ScriptedUpstream, startScriptedUpstream, USAGE } from "#tests/support/scripted-upstream.ts";

const RULES = `[overrides]
enabled = true
[analytics]
report_format = "silent"
[[rule]]
from = "*-pro"
to = "claude-haiku-5-5"
note = "naughty\\r\\nx-evil: 1"
`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
/** Provider response that names a model in its body, which goes through the restorer, and in a header. */
let answered = "";

beforeAll(async () => {
  upstream = await startScriptedUpstream((response) => {
    const body = JSON.stringify({ type: "message", model: answered, content: [], usage: USAGE });
    response.writeHead(200, {
      "content-type": "application/json",
      "x-provider": answered.replace(/[^\t\x20-\x7e\x80-\xff]/g, ""),
    });
    response.end(body);
  });
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

const EVIL = [
  "a\r\nx-evil: 1",
  "a\nx-evil: 1",
  "a\rx-evil: 1",
  "a\r\n\r\nHTTP/1.1 200 OK\r\nx-evil: 1\r\n\r\n",
  "嘊嘍x-evil: 1", // low bytes are CR and LF: what a careless narrowing would make of them
  "a\u2028x-evil: 1",
  "a\u0085x-evil: 1",
  "a\0x-evil: 1",
  "a\u000bx-evil: 1",
  "%0d%0ax-evil: 1",
  "\\r\\nx-evil: 1",
];
const naughty = fc.oneof(
  fc.constantFrom(...EVIL),
  fc.string({ unit: anyCharacter, maxLength: 60 }),
  fc.tuple(fc.string({ unit: "grapheme", maxLength: 20 }), fc.constantFrom(...EVIL)).map((both) => both.join("")),
);

/** The head of one answer, byte for byte. */
function readHead(path: string, headers: readonly string[], body: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(proxy.port, "127.0.0.1");
    let text = "";
    socket.on("error", reject);
    socket.on("close", () => resolve(text.split("\r\n\r\n")[0] ?? ""));
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (text.includes("\r\n\r\n")) socket.destroy();
    });
    const framing = [`Host: 127.0.0.1:${proxy.port}`, `Content-Length: ${Buffer.byteLength(body)}`, ...headers];
    socket.write(`POST ${path} HTTP/1.1\r\n${framing.join("\r\n")}\r\n\r\n`, "latin1");
    socket.write(body);
  });
}

const KNOWN = /^(HTTP\/1\.1 \d{3} [A-Za-z -]+|[a-z0-9-]+: [\t\x20-\x7e\x80-\xff]*)$/i;

function expectSound(head: string): void {
  const lines = head.split("\r\n");
  for (const line of lines) expect(line).toMatch(KNOWN);
  expect(lines.filter((line) => /^x-evil/i.test(line))).toEqual([]);
  expect(lines.filter((line) => line.startsWith("HTTP/"))).toHaveLength(1);
}

/** A header can hold no line end; what it can hold is tried. */
const asHeader = (text: string) =>
  Buffer.from(text)
    .toString("latin1")
    .replace(/[^\t\x20-\x7e\x80-\xff]/g, "");

const encoded = (text: string) => encodeURIComponent(Buffer.from(text).toString());

it("T7: model names from any source never become additional headers or lines", async () => {
  let served = 0;
  await fc.assert(
    fc.asyncProperty(naughty, naughty, fc.constantFrom("", "-pro"), async (asked, answer, end) => {
      answered = answer;
      const body = JSON.stringify({ model: asked + end, max_tokens: 1, messages: [] });

      const head = await readHead("/v1/messages", [], body);

      expectSound(head);
      if (head.includes("x-cco-served-model: ")) served++;
    }),
    { numRuns: 300 },
  );
  // Many are refused for what they are; those that are served are the interesting ones.
  expect(served).toBeGreaterThan(20);
  for (const { rawHeaders } of upstream.arrived) expect(rawHeaders.join("\n")).not.toMatch(/^x-evil/im);
});

it("T7: headers and paths named in responses never become additional headers or lines", async () => {
  await fc.assert(
    fc.asyncProperty(naughty, naughty, async (said, place) => {
      const value = asHeader(said);
      const headers = ["X-Cco-Project", "X-Claude-Code-Session-Id", "User-Agent", "X-Api-Key", "Anthropic-Version"];
      const path = `/p/${encoded(place)}/v1/messages`;
      const body = JSON.stringify({ model: "claude-opus-pro", max_tokens: 1, messages: [] });

      expectSound(
        await readHead(
          path,
          headers.map((name) => `${name}: ${value}`),
          body,
        ),
      );
      expectSound(await readHead(`/v1/messages?x=${encoded(said)}`, [], body));
    }),
    { numRuns: 150 },
  );
});
