import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const BODY_BYTES = 200_000;
const MESSAGE = { role: "user", content: "x".repeat(BODY_BYTES) };
const BODY = JSON.stringify({ model: "claude-opus-5-5", max_tokens: 100, messages: [MESSAGE] });
const AT_ONCE = 100;
const ROUNDS = 4;
/** Bodies that the pool keeps for the next requests, and what the test's own client and server have in hand. */
const SPARE_BYTES = 8 * 1024 * 1024;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

it("releases the bodies of all sessions that it remembers the last prompt of", async () => {
  setFlagsFromString("--expose-gc");
  const collect = runInNewContext("gc") as () => void;
  const bodyBytes = async () => {
    // What a response refers to goes in one pass, what its socket refers to in the next.
    for (let pass = 0; pass < 3; pass++) {
      collect();
      await new Promise((resolve) => setImmediate(resolve));
    }
    return process.memoryUsage().arrayBuffers;
  };
  await askAtOnce("warm-up");
  const before = await bodyBytes();

  for (let round = 0; round < ROUNDS; round++) await askAtOnce(`round-${round}`);

  expect(AT_ONCE * ROUNDS * BODY_BYTES).toBeGreaterThan(4 * SPARE_BYTES);
  expect((await bodyBytes()) - before).toBeLessThan(SPARE_BYTES);
});

/** As many sessions as there are requests. All bodies are there before the first answer, so that none can take the memory of another. */
async function askAtOnce(round: string): Promise<void> {
  const waiting: (() => void)[] = [];
  upstream.answer = (response, arrived, request) => {
    arrived.body = Buffer.alloc(0);
    waiting.push(() => answerJson(response, { ...arrived, body: Buffer.from('{"model":"m"}') }, request));
    if (waiting.length === AT_ONCE) for (const answer of waiting) answer();
  };
  await Promise.all(
    Array.from({ length: AT_ONCE }, async (_, at) => {
      const headers = { "x-claude-code-session-id": `${round}-${at}` };
      const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", headers, body: BODY });
      expect(answer.status).toBe(200);
      await answer.text();
    }),
  );
  upstream.arrived.length = 0;
}
