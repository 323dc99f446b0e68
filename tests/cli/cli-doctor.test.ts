import { chmodSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { diagnose, doctorFolder } from "#tests/support/doctor.ts";
import { finished, runCco } from "#tests/support/run-cco.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

const place = () => doctorFolder(mock.url);

async function serve(listener: RequestListener): Promise<number> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return (server.address() as AddressInfo).port;
}

/** A port where nothing listens any more. */
function closedPort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

describe("cco doctor", () => {
  test("finds nothing wrong with a running installation and the account that uses it", async () => {
    const { env } = place();
    const cco = runCco(["run", "--no-console"], env);
    onTestFinished(() => cco.stop());
    const [, address = ""] = await cco.line(/^CCO started on (http:\/\/localhost:\d+)$/m);
    const own = { ...env, CCO_PORT: new URL(address).port };
    await finished(["connect", "claude"], own);
    const found = await diagnose({ ...own, ANTHROPIC_API_KEY: "sk-test" });

    for (const subject of ["settings", "data folder", "rules", "database", "server", "/v1/models", "provider", "key"])
      expect(found.of(subject), subject).toMatchObject({ level: "ok" });
    expect(found.of("Claude Code")).toMatchObject({ level: "ok" });
    expect(found.of("backup")).toMatchObject({ level: "warning", text: "none was made yet" });
    expect(found).toMatchObject({ code: 0, ok: true });

    await finished(["backup"], own);
    expect((await diagnose(own)).of("backup")).toMatchObject({ level: "ok", text: expect.stringContaining("newest") });
  });

  test("names the process that has the port", async () => {
    const { env } = place();
    const port = await serve((_request, response) => response.end("not CCO"));
    const found = await diagnose({ ...env, CCO_PORT: String(port) }, "--offline");

    expect(found.of("port")).toMatchObject({ level: "problem", text: expect.stringContaining(`(pid ${process.pid})`) });
    expect(found.code).toBe(1);
  });

  test("finds a refused key and a wrong clock in the provider's answer", async () => {
    const { env } = place();
    const port = await serve((_request, response) =>
      response.writeHead(401, { date: "Mon, 01 Jan 2024 00:00:00 GMT" }).end("{}"),
    );
    const found = await diagnose({ ...env, CCO_UPSTREAM_URL: `http://127.0.0.1:${port}`, ANTHROPIC_API_KEY: "sk-bad" });

    expect(found.of("key")).toMatchObject({ level: "problem" });
    expect(found.of("clock")).toMatchObject({ level: "warning", text: expect.stringContaining("ahead of") });
  });

  test("names the reason why the provider is not reached, and the proxy variables CCO does not follow", async () => {
    const { env } = place();
    const found = await diagnose({
      ...env,
      CCO_UPSTREAM_URL: `http://127.0.0.1:${await closedPort()}`,
      HTTPS_PROXY: "http://10.0.0.1:8080",
    });

    expect(found.of("provider")).toMatchObject({ level: "problem", text: expect.stringContaining("ECONNREFUSED") });
    expect(found.of("proxy variables")).toMatchObject({
      level: "warning",
      text: expect.stringContaining("HTTPS_PROXY"),
    });
  });

  test("points at the line of a mistake in the rules, and at a setting that keeps CCO from starting", async () => {
    const { env } = place();
    writeFileSync(env.CCO_CONFIG, '[overrides]\nenabled = "yes"\n');
    const rules = await diagnose(env, "--offline");
    const settings = await diagnose({ ...env, CCO_WORKERS: "many" }, "--offline");

    expect(rules.of("rules")).toMatchObject({ level: "problem", text: expect.stringContaining("rules.toml:2:") });
    expect(settings.of("settings")).toMatchObject({ level: "problem", fix: "correct CCO_WORKERS" });
    expect(settings.code).toBe(1);
  });

  test("finds a data folder that others can open and a database that is none", async () => {
    const { env } = place();
    mkdirSync(env.CCO_DATA_DIR);
    chmodSync(env.CCO_DATA_DIR, 0o755);
    writeFileSync(
      join(env.CCO_DATA_DIR, "cco.db"),
      "this is no database, and long enough to be read as one\n".repeat(100),
    );
    const found = await diagnose(env, "--offline");

    expect(found.of("data folder")).toMatchObject({ level: "warning", fix: `chmod 700 ${env.CCO_DATA_DIR}` });
    expect(found.of("database")).toMatchObject({ level: "problem", text: expect.stringContaining("damaged") });
  });

  test.each([
    ["rules", { CCO_CONFIG: "/nowhere/rules.toml" }, /does not exist: CCO does not start without it/, 3],
    ["database", { DATABASE_URL: "file:FOLDER/rules.toml/x.db" }, /cannot be made|is a file, not a folder/, 69],
    ["database", { DATABASE_URL: "file:FOLDER/link/x.db" }, /is a link that leads nowhere, not a folder/, 73],
    ["data folder", { CCO_DATA_DIR: "FOLDER/rules.toml/data" }, /cannot be made: .*rules\.toml is a file/, 73],
  ])("finds what ends the start, in the %s: %j", async (subject, values, text, code) => {
    const { env, folder } = place();
    symlinkSync(join(folder, "gone"), join(folder, "link"));
    const given = Object.entries(values).map(([name, value]) => [name, value.replace("FOLDER", folder)]);
    const wrong = { ...env, ...Object.fromEntries(given) };
    const found = await diagnose(wrong, "--offline");

    expect(found.of(subject)).toMatchObject({ level: "problem", text: expect.stringMatching(text) });
    expect([found.code, (await finished(["run", "--no-console"], wrong)).code]).toEqual([1, code]);
  });

  test("finds nothing in the way of a data folder whose parents are not there yet, nor of rules that were kept", async () => {
    const { env, folder } = place();
    const far = { ...env, CCO_DATA_DIR: join(folder, "a", "b", "data") };
    expect((await diagnose(far, "--offline")).of("data folder")).toMatchObject({ level: "ok" });

    const cco = runCco(["run", "--no-console"], far);
    onTestFinished(() => cco.stop());
    await cco.line(/^Override rules loaded/m);
    await cco.stop();
    rmSync(env.CCO_CONFIG);
    const found = await diagnose(far, "--offline");
    expect(found.of("rules")).toMatchObject({ level: "warning", text: expect.stringContaining("last good rules") });
    const again = runCco(["run", "--no-console"], far);
    onTestFinished(() => again.stop());
    await again.line(/^CCO started/m);
  });

  test("finds Claude Code pointed elsewhere, and its line about itself switched off", async () => {
    const { env, folder } = place();
    mkdirSync(join(folder, ".claude"));
    const settings = { env: { ANTHROPIC_BASE_URL: "https://other.example", CLAUDE_CODE_ATTRIBUTION_HEADER: "0" } };
    writeFileSync(join(folder, ".claude", "settings.json"), JSON.stringify(settings));
    const { code, stdout } = await ccoHere(["doctor", "--offline"], env);

    expect(stdout).toMatch(/! Claude Code +uses https:\/\/other\.example, not http/);
    expect(stdout).toMatch(/! Claude Code +CLAUDE_CODE_ATTRIBUTION_HEADER is switched off/);
    expect(code).toBe(0);
  });
});

describe("cco status", () => {
  test("says what a running CCO does, and ends with 6 where none answers", async () => {
    const { env } = place();
    const cco = runCco(["run", "--no-console"], env);
    onTestFinished(() => cco.stop());
    const [, address = ""] = await cco.line(/^CCO started on (http:\/\/localhost:\d+)$/m);
    await cco.line(/^Override rules loaded: 1$/m);
    const there = await ccoHere(["status", "--url", address], env);
    const json = await ccoHere(["status", "--url", address, "--json"], env);
    const away = await ccoHere(["status", "--url", "http://127.0.0.1:1"], env);

    expect(there).toMatchObject({ code: 0, stdout: expect.stringContaining("overrides on, 1 rule") });
    expect(JSON.parse(json.stdout)).toMatchObject({ schema_version: 1, ready: true, override_rules: 1 });
    expect(away).toMatchObject({ code: 6, stderr: expect.stringContaining("does not answer") });
  });
});
