import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { basename, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from "vitest";
import { settingsFilesRead } from "#cli/claude-settings.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { diagnose, doctorFolder } from "#tests/support/doctor.ts";
import { clearAway, type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";
import { startRedis } from "#tests/support/redis.ts";
import { finished } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// What cco doctor says of what is not CCO's own: the provider, another CCO, Redis, folders, Claude Code's settings.

let mock: Mock;
let proxy: ProxyProcess;
beforeAll(async () => {
  mock = await startMock();
  proxy = await startProxy({ upstreamUrl: mock.url });
});
afterAll(async () => {
  if (proxy) await clearAway(proxy);
  await mock?.close();
});

const setMood = (mood: string) => fetch(`${mock.url}/__mock/mood`, { method: "POST", body: mood });

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

describe("the provider's list of models", () => {
  it.each([
    ["redirect", "problem", "redirect"],
    ["status-404", "problem", "404"],
    ["html-502", "problem", "502"],
    ["rate-limited", "warning", "429"],
  ])("proves no key when the provider is in the mood %s", async (mood, level, text) => {
    await setMood(mood);
    onTestFinished(async () => void (await setMood("")));
    const found = await diagnose({ ...doctorFolder(mock.url).env, ANTHROPIC_API_KEY: "sk-test" });

    expect(found.of("/v1/models")).toMatchObject({
      level,
      text: expect.stringContaining(text),
      fix: expect.any(String),
    });
    expect(found.of("key")).toMatchObject({ level: "skipped", text: expect.stringContaining("not proven") });
    expect(found.ok).toBe(level !== "problem");
  });

  it("is not taken for one where a page of a guest network answers 200", async () => {
    const portal = await serve((_request, response) =>
      response.writeHead(200, { "content-type": "text/html" }).end("<html>Sign in</html>"),
    );
    const found = await diagnose({ ...doctorFolder(portal).env, ANTHROPIC_API_KEY: "sk-test" });

    expect(found.of("/v1/models")).toMatchObject({
      level: "problem",
      text: expect.stringContaining("no list of models"),
    });
    expect(found.of("key")?.level).toBe("skipped");
  });
});

describe("the CCO on the port", () => {
  it("is no other installation's: cco run would end with 98", async () => {
    const { env } = doctorFolder(mock.url);
    const other = { ...env, CCO_PORT: String(proxy.port) };
    const found = await diagnose(other, "--offline");
    const started = await finished(["run", "--no-console"], other);

    expect(found.of("port")).toMatchObject({ level: "problem", text: expect.stringContaining(env.CCO_DATA_DIR) });
    expect(found.of("server")).toBeUndefined();
    expect([found.code, started.code]).toEqual([1, 98]);
  });

  it("is no other instance of the same data folder on another port", async () => {
    const second = await startProxy({ upstreamUrl: mock.url });
    onTestFinished(() => clearAway(second));
    const env = { ...doctorFolder(mock.url).env, CCO_DATA_DIR: second.dataDir, CCO_PORT: String(proxy.port) };

    expect((await diagnose(env, "--offline")).of("port")?.level).toBe("problem");
    expect((await diagnose({ ...env, CCO_PORT: String(second.port) }, "--offline")).of("server")?.level).toBe("ok");
  });

  it("gets no request that is recorded", async () => {
    const env = { ...doctorFolder(mock.url).env, CCO_DATA_DIR: proxy.dataDir, CCO_PORT: String(proxy.port) };
    const found = await diagnose(env);
    await fetch(`${proxy.url}/v1/models`);
    const rows = await proxy.events(1);

    expect(found.of("server")?.level).toBe("ok");
    expect(rows).toHaveLength(1);
  });

  it("is reached by the public address without a redirect", async () => {
    const redirecting = await serve((_request, response) =>
      response.writeHead(308, { location: "https://cco.example/" }).end(),
    );
    const answering = await serve((_request, response) => response.end("{}"));
    const { env } = doctorFolder(mock.url);
    const of = async (url: string) => (await diagnose({ ...env, CCO_PUBLIC_URL: url })).of("address");

    expect(await of(redirecting)).toMatchObject({ level: "problem", text: expect.stringContaining("308") });
    expect(await of(answering)).toMatchObject({ level: "ok" });
  });
});

describe("Redis", () => {
  it("is asked with its password, and what it answers is said", async () => {
    const redis = await startRedis("hunter2");
    onTestFinished(() => redis.stop());
    const { env } = doctorFolder(mock.url);
    const of = async (url: string) =>
      (await diagnose({ ...env, NEXTAUTH_SECRET: "s".repeat(32), CCO_REDIS_URL: url }, "--offline")).of("Redis");
    const web = await serve((_request, response) => response.end());

    expect(await of(redis.url)).toMatchObject({ level: "ok" });
    expect(await of(redis.url.replace("hunter2", "wrong"))).toMatchObject({
      level: "warning",
      text: expect.stringMatching(/refuses \(WRONGPASS\)$/),
    });
    expect(await of(`${redis.url}/3`)).toMatchObject({ level: "ok" });
    expect(await of(`${redis.url}/99`)).toMatchObject({
      level: "warning",
      text: expect.stringContaining("has no database 99"),
    });
    expect(await of("redis://127.0.0.1:9")).toMatchObject({
      level: "warning",
      text: expect.stringContaining("refuses the connection"),
    });
    expect(await of(web.replace("http", "redis"))).toMatchObject({
      level: "warning",
      text: expect.stringContaining("no Redis"),
    });
  });
});

describe("folders", () => {
  it("names a folder of backups that is not there", async () => {
    const { env, folder } = doctorFolder(mock.url);
    const of = async (path: string) =>
      (await diagnose({ ...env, CCO_BACKUP_FOLDER: path }, "--offline")).of("backup folder");

    expect(await of("/nonexistent/backups")).toMatchObject({
      level: "problem",
      text: expect.stringContaining("does not exist"),
    });
    expect(await of(folder)).toMatchObject({ level: "ok" });
  });

  it("finds a data folder that the kernel lets no process make, and leaves nothing where one can be made", async () => {
    const { env, folder } = doctorFolder(mock.url);
    const found = await diagnose({ ...env, CCO_DATA_DIR: "/sys/fs/cco" }, "--offline");
    const makeable = await diagnose({ ...env, CCO_DATA_DIR: join(folder, "a", "b") }, "--offline");

    expect(found.of("data folder")).toMatchObject({
      level: "problem",
      text: expect.stringContaining("cannot be made"),
    });
    expect([makeable.of("data folder")?.level, existsSync(join(folder, "a"))]).toEqual(["ok", false]);
  });
});

describe("Claude Code's settings", () => {
  it.each([
    ["settings.json", 0],
    ["settings.local.json", false],
    ["settings.json", "0"],
  ])("of a project are read: %s with %j", async (name, off) => {
    const { env } = doctorFolder(mock.url);
    const project = scratchFolder();
    mkdirSync(join(project, ".claude"));
    const wrong = { ANTHROPIC_BASE_URL: "https://other.example", CLAUDE_CODE_ATTRIBUTION_HEADER: off };
    writeFileSync(join(project, ".claude", name), JSON.stringify({ env: wrong }));
    vi.spyOn(process, "cwd").mockReturnValue(project);
    onTestFinished(() => void vi.restoreAllMocks());
    const texts = (await diagnose(env, "--offline")).all("Claude Code").map(({ text }) => text);

    expect(texts[0]).toContain("uses https://other.example, not");
    expect(texts[0]).toContain(join(project, ".claude", name));
    expect(texts[1]).toContain("CLAUDE_CODE_ATTRIBUTION_HEADER is switched off");
  });

  it("of the machine come first, of its folder of parts the last one, then this person's, the project's and the account's", () => {
    const machine = scratchFolder();
    mkdirSync(join(machine, "managed-settings.d"));
    for (const name of ["10-first.json", "20-last.json", ".hidden.json", "notes.txt"])
      writeFileSync(join(machine, "managed-settings.d", name), "{}");
    const files = settingsFilesRead(join(machine, "managed-settings.json")).map((file) =>
      file.replace(`${machine}/`, ""),
    );

    expect(files.slice(0, 3)).toEqual([
      "managed-settings.d/20-last.json",
      "managed-settings.d/10-first.json",
      "managed-settings.json",
    ]);
    expect(files.slice(3).map((file) => basename(file))).toEqual([
      "settings.local.json",
      "settings.json",
      "settings.json",
    ]);
  });
});
