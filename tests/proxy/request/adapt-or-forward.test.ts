import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { adaptableRequest } from "#tests/support/arbitrary-request.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const SERVED = "claude-haiku-4-5-20251001";
const RULES = `[overrides]\nrules = [["*", "${SERVED}"]]\n[analytics]\nreport_format = "silent"`;

let upstream: ScriptedUpstream;
let proxy: ProxyInProcess;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: RULES });
});
afterAll(async () => {
  await proxy.end();
  await upstream.close();
});

/** Fields of every shape, valid and invalid. Repeated deciding fields are refused by their reader. */
const MAY_COME_TWICE = new Set(["context_management", "safeguards", "temperature"]);
const json = fc.jsonValue({ maxDepth: 3 });
const field = fc.oneof(
  ...["messages", "tools", "thinking", "output_config", "context_management", "max_tokens", "system", "safeguards"].map(
    (name) => fc.tuple(fc.constant(name), json),
  ),
  fc.tuple(fc.constant("temperature"), fc.constantFrom(0, "warm", null)),
);
const oddBody = fc
  .tuple(
    fc.constantFrom("claude-opus-5-5", "claude-sonnet-4-5", "gpt-4o"),
    fc.uniqueArray(field, { maxLength: 6, selector: ([name]) => (MAY_COME_TWICE.has(name) ? {} : name) }),
  )
  .map(([model, fields]) => {
    const members = fields.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return `{${[`"model":${JSON.stringify(model)}`, ...members].join(" , ")}}`;
  });
const body = fc.oneof(
  oddBody,
  adaptableRequest.map((request) => JSON.stringify(request)),
);

describe("a request that cannot be adapted", () => {
  it("is forwarded unchanged to the requested model, never refused", async () => {
    let kept = 0;
    let all = 0;
    await fc.assert(
      fc.asyncProperty(body, async (text) => {
        upstream.arrived.length = 0;
        const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", body: text });
        await answer.arrayBuffer();

        expect(answer.status).toBe(200);
        expect(upstream.arrived).toHaveLength(1);
        const sent = upstream.arrived[0]?.body.toString() ?? "";
        const verdict = answer.headers.get("x-cco-override") ?? "";
        all++;
        if (verdict === "applied") {
          expect((JSON.parse(sent) as { model: string }).model).toBe(SERVED);
          return;
        }
        kept++;
        expect(verdict).toMatch(/^skipped:hazard:(E\d+|unclear)$/);
        expect(sent).toBe(text);
      }),
      { numRuns: 200 },
    );
    expect(kept / all).toBeGreaterThan(0.2);
    expect(kept / all).toBeLessThan(0.9);
  });
});
