import { get } from "node:http";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const rows = JSON.stringify({ rows: Array.from({ length: 200 }, (_, n) => ({ n, model: "claude-haiku" })) });

let upstream: ScriptedUpstream;
let consoleServer: ScriptedUpstream;
let proxy: ProxyInProcess;
/** Ends the answer that is being made. */
let finish = () => {};
/** Addresses whose answers are over, whole or not. */
const gone: string[] = [];

beforeAll(async () => {
  upstream = await startScriptedUpstream(answerJson);
  consoleServer = await startScriptedUpstream((response, { url }) => {
    const type = url?.startsWith("/api/events") ? "text/event-stream" : "application/json; charset=utf-8";
    if (url?.startsWith("/api/long")) return response.writeHead(200, { "content-type": type, vary: "rsc" }).end(rows);
    if (url?.startsWith("/api/refused")) return response.writeHead(422, { "content-type": type }).end(rows);
    if (url?.startsWith("/api/short"))
      return response.writeHead(200, { "content-type": type, "content-length": 2 }).end("{}");
    response.writeHead(200, { "content-type": url?.startsWith("/api/file") ? "text/csv" : type });
    response.write("first\n");
    finish = () => response.end("last\n");
    // A caller who has left is noticed at a write: half-closed callers still get their answers.
    const more = url?.includes("/left-") ? setInterval(() => response.write("more\n"), 20) : undefined;
    response.once("close", () => {
      clearInterval(more);
      gone.push(url ?? "");
    });
  });
  const env = { CCO_CONSOLE_URL: consoleServer.url };
  proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, env });
});

afterAll(async () => {
  await proxy.end();
  for (const server of [upstream, consoleServer]) await server.close();
});

interface Answer {
  status: number | undefined;
  headers: Record<string, string | string[] | undefined>;
  body: Buffer;
}

/** An answer as its bytes; `onFirst` is called with the first of them. */
function ask(path: string, encoding: string, onFirst: () => void = () => {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = encoding === "" ? {} : { "accept-encoding": encoding };
    get(`${proxy.url}${path}`, { headers }, (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => {
        if (chunks.push(chunk) === 1) onFirst();
      });
      response.on("error", reject);
      response.on("end", () =>
        resolve({ status: response.statusCode, headers: response.headers, body: Buffer.concat(chunks) }),
      );
    }).on("error", reject);
  });
}

describe("responses of the console's API", () => {
  it.each(["/api/long", "/api/refused"])("arrive compressed and complete from %s", async (path) => {
    const { status, headers, body } = await ask(path, "gzip, deflate, br");

    expect(status).toBe(path === "/api/long" ? 200 : 422);
    expect(headers["content-encoding"]).toBe("gzip");
    expect(body.length).toBeLessThan(rows.length / 4);
    expect(gunzipSync(body).toString()).toBe(rows);
  });

  it.each(["", "br", "gzip;q=0", "gzip;q=0, *"])("stay uncompressed for a caller that accepts %j", async (encoding) => {
    const { headers, body } = await ask("/api/long", encoding);

    expect(headers["content-encoding"]).toBeUndefined();
    expect(headers.vary).toBe("rsc, Accept-Encoding");
    expect(body.toString()).toBe(rows);
  });

  it("stay uncompressed when they are short", async () => {
    const { headers, body } = await ask("/api/short", "gzip");

    expect([headers["content-encoding"], body.toString()]).toEqual([undefined, "{}"]);
  });

  it("stream a file before all of it is produced", async () => {
    const { headers, body } = await ask("/api/file", "gzip", () => finish());

    expect(headers["content-encoding"]).toBe("gzip");
    expect(gunzipSync(body).toString()).toBe("first\nlast\n");
  });

  it("pass server-sent events through one by one", async () => {
    const { headers, body } = await ask("/api/events", "gzip", () => finish());

    expect([headers["content-encoding"], body.toString()]).toEqual([undefined, "first\nlast\n"]);
  });

  it.each(["gzip", ""])(
    "are cancelled at the console when a caller accepting %j leaves mid-response",
    async (encoding) => {
      const path = `/api/file/left-${encoding}`;
      await new Promise<void>((resolve) => {
        const asking = get(`${proxy.url}${path}`, { headers: { "accept-encoding": encoding } }, (response) => {
          response.once("data", () => asking.destroy());
          response.once("close", () => resolve());
        });
        asking.on("error", () => {});
      });

      await expect.poll(() => gone).toContain(path);
    },
  );
});
