import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { type BalancedPair, buildBody, buildHeaders, HOST, SteadyLoad } from "./balanced-pair.ts";
import { freshRequest } from "./fresh-request.ts";
import { until } from "./proxy-process.ts";

/** Each instance once; `tests/chaos/balancers.chaos.ts` goes on. */
const ROUNDS = 1;

/**
 * What each shipped configuration must do in front of two instances; registers the tests. Long because each of them is
 * one.
 */
export function describeBalancer(name: string, pair: BalancedPair): void {
  it(`${name} passes a stream on event by event, before the provider has ended it`, async () => {
    const credentials = { "x-api-key": "sk-test", "content-type": "application/json", "x-mock-mood": "slow-300" };
    /** How often the provider had sent all of it when the first part arrived. */
    let completedAtFirst: number | null = null;
    const answer = await freshRequest(`${pair.url}/v1/messages`, {
      method: "POST",
      headers: { ...buildHeaders("stream"), ...credentials },
      body: buildBody("stream", true),
      received: () => {
        completedAtFirst ??= pair.mock.served.get("request-stream")?.completed ?? 0;
      },
    });

    expect(answer.status).toBe(200);
    expect(completedAtFirst).toBe(0);
    expect(answer.text).toContain("event: message_stop");
    expect(pair.mock.served.get("request-stream")?.completed).toBe(1);
  });

  it(`${name} carries the WebSocket of the terminal`, async () => {
    const socket = new WebSocket(`ws://127.0.0.1:${pair.port}/terminal`, {
      headers: { host: HOST, authorization: `Bearer ${pair.accessToken}` },
    });
    await once(socket, "open");
    const answered = once(socket, "message");
    socket.send("help");
    const [data] = await answered;
    socket.terminate();

    expect(JSON.parse(String(data))).toMatchObject({ type: "output", content: expect.stringContaining("cache stats") });
  });

  it(`${name} lets a body of 20 MB through`, async () => {
    const body = JSON.stringify({
      model: "claude-opus-5-5",
      max_tokens: 9,
      messages: [{ role: "user", content: "x".repeat(20_000_000) }],
    });
    const headers = { ...buildHeaders("large"), "x-api-key": "sk-test", "content-type": "application/json" };
    const answer = await freshRequest(`${pair.url}/v1/messages`, { method: "POST", headers, body });

    // The provider refuses so long a prompt, so its own answer proves that it read all of it.
    expect(pair.mock.served.get("request-large")?.received).toBe(1);
    expect(answer.text).toContain("prompt is too long");
  });

  it(`${name} replaces what a caller claims about its address, and keeps the host`, async () => {
    const echo = createServer((request, response) => response.end(JSON.stringify(request.headers)));
    await new Promise<void>((resolve) => echo.listen(0, "127.0.0.1", resolve));
    const { port } = echo.address() as AddressInfo;
    const { url, stop } = await pair.balancerBefore(port);
    try {
      const claims = {
        "x-forwarded-for": "203.0.113.7",
        "x-forwarded-proto": "https",
        "x-forwarded-host": "evil.example",
      };
      const seen = await until(async () => {
        const answer = await freshRequest(url, { headers: { host: HOST, ...claims } }).catch(() => null);
        return answer?.status === 200 ? JSON.parse(answer.text) : null;
      });

      expect(seen).toMatchObject({
        host: HOST,
        "x-forwarded-for": "127.0.0.1",
        "x-forwarded-proto": "http",
        "x-forwarded-host": HOST,
      });
    } finally {
      await stop();
      echo.closeAllConnections();
      echo.close();
    }
  });

  it(`two instances behind ${name} restart in turn under load without one failed request`, {
    timeout: 240_000,
  }, async () => {
    const load = new SteadyLoad(pair);
    await until(() => load.asked > 100);

    const codes: (number | null)[] = [];
    for (let round = 0; round < ROUNDS; round++) for (const at of [0, 1]) codes.push(await pair.restart(at));
    await load.end();

    console.log(`${load.asked} requests through ${codes.length} restarts: ${load.turnedAway.length} turned away`);
    expect(codes).toEqual([0, 0]);
    expect(load.broken).toEqual([]);
    expect(load.turnedAway).toEqual([]);
    expect(load.notOnce()).toEqual([]);
  });
}
