import { connect } from "node:net";
import { text as readText } from "node:stream/consumers";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { errorResponse } from "#app/_server/route.ts";
import { AppError, ERROR_CODES } from "#core/errors.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";

/** Each refusal says where its page is. Nothing listens at the provider's address: no request gets that far. */
let proxy: ProxyInProcess;

beforeAll(async () => {
  const env = { CCO_REQUIRE_KEY: "1" };
  proxy = await startProxyInProcess({ upstreamUrl: "http://127.0.0.1:9", rules: NO_RULES, env });
});
afterAll(async () => {
  await proxy.end();
});

describe("the link of a refusal", () => {
  it("stands in the head and the body of model traffic", async () => {
    const answer = await fetch(`${proxy.url}/v1/messages`, { method: "POST", body: "{}" });

    expect(answer.status).toBe(401);
    expect(answer.headers.get("link")).toBe('</errors/auth.required>; rel="help"');
    expect(await answer.json()).toMatchObject({ type: "error", help: "/errors/auth.required" });
  });

  it("stands in the head of the proxy's own addresses, whose body keeps its four fields", async () => {
    const answer = await fetch(`${proxy.url}/api/overrides/stats`, { method: "POST" });

    expect(answer.headers.get("link")).toBe('</errors/method.not-allowed>; rel="help"');
    expect(Object.keys((await answer.json()) as object)).toEqual(["error", "code", "timestamp", "details"]);
  });

  it("stands in the head of a refused upgrade", async () => {
    const lines = ["GET /live HTTP/1.1", `Host: localhost:${proxy.port}`, "Connection: Upgrade", "Upgrade: websocket"];
    const socket = connect(proxy.port, "127.0.0.1");
    socket.write(`${lines.join("\r\n")}\r\n\r\n`);
    const text = await readText(socket);

    expect(text).toContain('\r\nlink: </errors/not-found>; rel="help"\r\n');
  });

  it.each(ERROR_CODES)("stands in the head of the console's API: %s", (code) => {
    const answer = errorResponse(new AppError(code), new Request("http://localhost:3000/api/rules"));

    expect(answer.headers.get("link")).toBe(`</errors/${code}>; rel="help"`);
  });
});
