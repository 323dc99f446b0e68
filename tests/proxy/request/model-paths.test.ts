// Long because it is one table of paths, and what becomes of each.

import fc from "fast-check";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { ONE_RULE, raw } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  consoleServer = await startScriptedUpstream((response, { url }) => {
    if (url === "/api/rules") return response.writeHead(404, { "content-type": "application/json" }).end("{}");
    if (url === "/") return response.writeHead(200, { "content-type": "text/html" }).end("<p>home</p>");
    if (url === "/old") return response.writeHead(307, { location: "/sign-in" }).end();
    return response.writeHead(404, { "content-type": "text/html" }).end("<p>not found</p>");
  });
  const env = { CCO_CONSOLE_URL: consoleServer.url };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: ONE_RULE, env });
});

beforeEach(() => {
  for (const list of [proxy.opened, proxy.closed, upstream.arrived]) list.length = 0;
});

afterAll(async () => {
  await proxy.end();
  for (const server of [upstream, consoleServer]) await server.close();
});

const BODY = '{"model":"claude-opus-5-5","max_tokens":1,"messages":[]}';
const JSON_TYPE = { "content-type": "application/json" };
const VERSION = { "anthropic-version": "2023-06-01", ...JSON_TYPE };

/** Sent as it is: `fetch` would tidy the path up. */
async function post(path: string, headers: Record<string, string> = VERSION, method = "POST") {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  const body = method === "GET" ? "" : BODY;
  const length = method === "GET" ? "" : `content-length: ${body.length}\r\n`;
  const host = `host: 127.0.0.1:${proxy.port}\r\nconnection: close\r\n`;
  const answer = await raw(proxy.port, `${method} ${path} HTTP/1.1\r\n${host}${lines.join("")}${length}\r\n${body}`);
  const [head = "", text = ""] = answer.split("\r\n\r\n");
  return { status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]), head: head.toLowerCase(), text };
}

describe("paths of model traffic", () => {
  it.each([
    ["/v1/messages/", "/v1/messages"],
    ["/v1/v1/messages", "/v1/messages"],
    ["/p/web/v1/messages/", "/v1/messages"],
    ["/v1/messages/count_tokens/", "/v1/messages/count_tokens"],
    ["/messages", "/v1/messages"],
    ["/messages/", "/v1/messages"],
    ["/messages/count_tokens", "/v1/messages/count_tokens"],
    ["/p/web/messages?beta=true", "/v1/messages?beta=true"],
  ])("serve %s as %s, with its rule and its costs", async (path, servedPath) => {
    const { status } = await post(path);

    expect(status).toBe(200);
    expect(upstream.arrived.map(({ url }) => url)).toEqual([servedPath]);
    expect(upstream.arrived[0]?.body.toString()).toContain("claude-haiku-5-5");
    expect(proxy.closed).toEqual([expect.objectContaining({ decision: "override", status: 200 })]);
  });

  it.each([
    ["/v1/%6dessages", "/v1/messages"],
    ["/v1/%256dessages", "/v1/messages"],
    ["/v1/messages;a=1", "/v1/messages"],
    ["/v1/messages%3fa=1", "/v1/messages"],
    ["/v1/messages%20", "/v1/messages"],
    ["/v1/Messages", "/v1/messages"],
    ["/v1/MESSAGES/", "/v1/messages"],
    ["/v1/%EF%BD%8Dessages", "/v1/messages"],
    ["/v1/messages/v1/messages", "/v1/messages"],
    ["/v1/messages/v1", "/v1/messages"],
    ["/v1/files/v1/messages", "/v1/messages"],
    ["/v1/models/v1/messages/", "/v1/messages"],
    ["/v1/V1/messages", "/v1/messages"],
    ["/v1/messages/other", "/v1/messages"],
    ["/v1/x/%252e%252e/messages", "/v1/messages"],
    ["/v1/messages/Count_Tokens", "/v1/messages/count_tokens"],
    ["/v1/messages/%62atches", "/v1/messages/batches"],
    ["/v1/Files/file_1", "/v1/files"],
    ["/v1/messages.json", "/v1/messages"],
    ["/v1/messages,", "/v1/messages"],
    ["/v1/beta/messages", "/v1/messages"],
    ["/v1/Beta/messages/batches", "/v1/messages/batches"],
  ])("refuse %s, name %s, and forward nothing", async (path, rightPath) => {
    const { status, text } = await post(path);

    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({
      type: "error",
      error: { type: "not_found_error", message: expect.stringContaining(` ${rightPath}.`) },
    });
    expect(upstream.arrived).toHaveLength(0);
  });

  it.each([
    "/v1/files/.%09./messages",
    "/v1/files/%09/x",
    "/v1/files/..%c0%af/messages",
    "/v1/files/..%e0%80%af/messages",
    "/v1/files/%c0%ae%c0%ae/messages",
    "/v1/files/%ff/%252e%252e/%252e%252e/messages",
    "/v1/files/%252e%252e/messages",
    "/v1/files/%25%32%65%25%32%65/messages",
    "/v1/files/%252e%252e%253b/messages",
    "/v1/files/x%00y",
    "/v1/files/x%252fy",
    "/v1/files/x%E2%80%8By",
    "/v1/files/%25252525252e",
    "/v1/models/%ff",
    "/v1/messages/batches/%fe/results",
    "/v1/other/%80",
    "/v1/m%ffessages",
    "/v1/me%E2%80%8Bssages",
  ])("refuse %s, which readers may take for different ones", async (path) => {
    const { status, text } = await post(path);

    expect(status === 404 || (status === 400 && text.includes("forbidden characters")), `${status} ${text}`).toBe(true);
    expect(upstream.arrived).toHaveLength(0);
  });

  it("that hide a message behind escapes are refused, however they are mixed", async () => {
    const step = fc.constantFrom("..", "%252e.", ".%252e", "%c0%ae.", "%25252e%25252e", ".%09.", "..%3b", "%e0%80%ae.");
    const name = fc.constantFrom("files", "models", "x", "%ff", "%20", "a%2520b", "%25ff");
    const slash = fc.constantFrom("/", "%252f", "%c0%af", "%255c");
    const part = fc.tuple(fc.oneof(step, name), slash).map((pair) => pair.join(""));
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 4 }),
        fc.constantFrom("messages", "%6dessages"),
        async (parts, last) => {
          const { status } = await post(`/v1/files/${parts.join("")}${last}`);
          const arrived = upstream.arrived.splice(0).map(({ url }) => url);

          expect(status === 200 ? arrived : [], arrived.join()).toSatisfy((urls: string[]) =>
            urls.every((url) => !/%(?!20|2520|6d)|\.\./.test(url)),
          );
        },
      ),
      { numRuns: 200 },
    );
  });

  it.each(["/v1/files/a%20b", "/v1/files/caf%C3%A9", "/v1/files/100%25", "/v1/skills/a%2520b"])(
    "pass %s on as it is written, for every reader decodes it alike",
    async (path) => {
      await post(path, VERSION, "GET");

      expect(upstream.arrived.map(({ url }) => url)).toEqual([path]);
    },
  );

  it.each([
    "/v1/chat/completions",
    "/v1/Chat/Completions/",
    "/shop/v1/chat/completions",
    "/v1/complete",
    "/v1/%63omplete",
    "/v1/completions",
    "/v1/responses",
    "/v1/v1/chat/completions",
    "/v1/projects/p/locations/l/publishers/anthropic/models/m:rawPredict",
    "/v1/projects/p/locations/l/publishers/anthropic/models/m%3AstreamRawPredict",
    "/v1/embeddings",
    "/v1/model/anthropic.claude/invoke",
    "/v1/model/anthropic.claude/invoke-with-response-stream",
    "/v1/model/anthropic.claude/converse-stream",
    "/v1/engines/x/completions",
    "/v1/openai/chat/completions",
    "/v1/openai/deployments/x/chat/completions",
    "/v1/foo/messages",
    "/v1/foo/%6dessages",
    "/v1/foo/Messages/count_tokens",
    "/v1/foo/messages.json",
    "/v1/files/messages",
    "/v1/models/x/messages",
    "/v1/tuned/x:generateContent",
    "/v1/messages/batches/msgbatch_01/messages",
    "/v1/message",
    "/v1/create_message",
    "/v1/threads/x/runs",
    "/v1/agents/x/runs",
    "/v1/skills/x/run",
    "/v1/sessions",
    "/v1/sessions/x/events",
    "/v1/deployments",
    "/v1/batches",
    "/v1/images/generations",
    "/v1/audio/speech",
  ])("refuse %s, which would generate text without rules and budgets, and name the Messages API", async (path) => {
    const { status, text } = await post(path);

    expect(status).toBe(404);
    expect(JSON.parse(text).error.message).toContain("at /v1/messages only");
    expect(upstream.arrived).toHaveLength(0);
  });

  it.each([
    "/v1/messages/batches",
    "/v1/messages/batches/msgbatch_01Ab/cancel",
    "/v1/messages/batches/messages/cancel",
    "/v1/files",
    "/v1/files/file_01Ab",
    "/v1/skills",
    "/v1/skills/chat/versions",
    "/v1/skills/messages/versions/completions",
    "/v1/organizations/workspaces/chat/members",
    "/v1/agents/assistant",
    "/v1/environments/session/archive",
    "/v1/vaults/messages/credentials",
    "/v1/memory_stores/thread/memories",
    "/v1/something_new",
  ])("pass a POST to %s on unchanged: it holds no prompt, or is counted as what it is", async (path) => {
    await post(path);

    expect(upstream.arrived.map(({ url }) => url)).toEqual([path]);
  });

  it.each([
    "/v1/messages/batches/msgbatch_01Ab",
    "/v1/messages/batches/messages/results",
    "/v1/files/messages/content",
    "/v1/models/completions",
    "/v1/sessions/x/events",
    "/v1/files/file_01Ab",
    "/v1/models/claude-opus-5-5",
    "/v1/models/v1",
    "/v1/organizations/usage_report/messages",
    "/v1/skills/chat",
  ])("pass %s on unchanged", async (path) => {
    await post(path, VERSION, "GET");

    // Of results it is asked first when their batch was created.
    const asked = path.endsWith("/results") ? [path.slice(0, -"/results".length)] : [];
    expect(upstream.arrived.map(({ url }) => url)).toEqual([...asked, path]);
  });

  it("with a double slash are refused with the correct path", async () => {
    const { status, text } = await post("//v1/messages");

    expect(status).toBe(400);
    expect(JSON.parse(text).error.message).toContain("Remove the slash at the end of ANTHROPIC_BASE_URL");
  });
});

describe("a program with a wrong base URL", () => {
  it.each([
    ["/api/anthropic/v1/messages", VERSION],
    ["/api/anthropic/v1/messages", JSON_TYPE],
    ["/V1/messages", VERSION],
    ["/v2/messages", VERSION],
    ["/v1beta/messages", VERSION],
    ["/anything/at/all/else", VERSION],
    ["/messages", { "x-api-key": "k" }],
    ["/messages", JSON_TYPE],
    ["/", { "x-api-key": "k" }],
    ["/old", { ...JSON_TYPE, "x-api-key": "k" }],
  ])("gets from %s, sent with %j, an error of the provider's shape with the correct URL", async (path, headers) => {
    const { status, head, text } = await post(path, headers as Record<string, string>);

    expect(status).toBe(404);
    expect(head).toContain("content-type: application/json");
    const { error } = JSON.parse(text);
    expect(error.type).toBe("not_found_error");
    expect(error.message).toContain(`Set ANTHROPIC_BASE_URL (the base URL) to http://127.0.0.1:${proxy.port}:`);
    expect(upstream.arrived).toHaveLength(0);
  });

  it("gets an error of the console's shape at an unknown path below /api", async () => {
    const { status, text } = await post("/api/nothing", {}, "GET");

    expect(status).toBe(404);
    expect(JSON.parse(text)).toMatchObject({ code: "NOT_FOUND", error: expect.stringContaining("ANTHROPIC_BASE_URL") });
  });

  it("does not change the responses of the console's API or of a person's browser", async () => {
    expect((await post("/api/rules", JSON_TYPE)).text).toContain("{}");
    expect((await post("/nothing", { accept: "text/html" }, "GET")).text).toContain("<p>not found</p>");
    expect((await post("/old", { accept: "text/html", authorization: "Basic eA==" }, "GET")).status).toBe(307);
    expect((await post("/", JSON_TYPE, "GET")).text).toContain("<p>home</p>");
  });
});

describe("a host that is not served", () => {
  const get = (path: string, host: string) =>
    raw(proxy.port, `GET ${path} HTTP/1.1\r\nhost: ${host}\r\nconnection: close\r\n\r\n`);

  it("is answered with the settings that add it", async () => {
    const answer = await get("/v1/models", "cco.internal:8080");

    expect(answer).toMatch(/^HTTP\/1\.1 421/);
    expect(answer).not.toContain("cco.internal");
    expect(answer).toContain("CCO_PUBLIC_URL");
    expect(answer).toContain("CCO_ALLOWED_HOSTS");
  });

  it.each(["/health", "/healthz", "/livez", "/readyz"])(
    "is served %s when it is an address or localhost",
    async (path) => {
      expect(await get(path, "10.1.2.3:8080")).toMatch(/^HTTP\/1\.1 200/);
      expect(await get(path, "[fd00::1]:8080")).toMatch(/^HTTP\/1\.1 200/);
      expect(await get(path, "localhost:8080")).toMatch(/^HTTP\/1\.1 200/);
      expect(await get(path, "localhost.evil.example:8080")).toMatch(/^HTTP\/1\.1 421/);
      expect(await get(path, "evil.example")).toMatch(/^HTTP\/1\.1 421/);
    },
  );

  it("is served nothing else by address", async () => {
    for (const path of ["/", "/v1/models", "/metrics", "/api/machine/stats"])
      expect(await get(path, "10.1.2.3:8080")).toMatch(/^HTTP\/1\.1 421/);
  });
});
