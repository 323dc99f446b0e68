import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import {
  collect,
  NO_RULES,
  removeData,
  spawnProxy,
  startProxy,
  until,
  waitForExit,
} from "#tests/support/proxy-process.ts";
import { answerStream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const folder = mkdtempSync(join(tmpdir(), "cco-start-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const rulesFile = join(folder, "rules.toml");
writeFileSync(rulesFile, NO_RULES);
const usual = { CCO_PORT: "0", CCO_CONFIG: rulesFile, CCO_DATA_DIR: join(folder, "data") };

/** What a start that fails says to a person: all it prints but the log, whose lines are JSON. */
async function failedStart(env: Record<string, string>) {
  const child = spawnProxy({ ...usual, ...env });
  const printed = collect(child);
  const code = await waitForExit(child);
  const text = printed()
    .split("\n")
    .filter((line) => !line.startsWith("{"))
    .join("\n");
  return { code, text };
}

describe("a fatal start error", () => {
  const cases: [string, Record<string, string>, number, RegExp][] = [
    ["a port that is no number", { CCO_PORT: "http" }, 2, /^CCO_PORT="http" must be a whole number from 0 to 65535$/],
    ["an upstream with credentials", { CCO_UPSTREAM_URL: "https://a:b@example.com" }, 2, /CCO_UPSTREAM_URL/],
    ["a plain upstream elsewhere", { CCO_UPSTREAM_URL: "http://example.com" }, 2, /plain text/],
    ["T18: certificate checks switched off", { NODE_TLS_REJECT_UNAUTHORIZED: "0" }, 2, /NODE_TLS_REJECT_UNAUTHORIZED/],
    ["an unknown zone", { CCO_REPORTING_TZ: "Mars/Olympus" }, 2, /CCO_REPORTING_TZ/],
    ["an unknown database", { DATABASE_URL: "mysql://x" }, 2, /DATABASE_URL/],
    [
      "lending the operator's key to the network",
      { CCO_HOST: "0.0.0.0", CCO_REQUIRE_KEY: "0", ANTHROPIC_API_KEY: "sk" },
      2,
      /CCO_REQUIRE_KEY/,
    ],
    ["a secret with a line break", { ANTHROPIC_API_KEY: "a\nb" }, 2, /ANTHROPIC_API_KEY/],
    ["a missing secret file", { ANTHROPIC_API_KEY_FILE: "/nowhere/key" }, 2, /ANTHROPIC_API_KEY_FILE/],
    ["missing rules", { CCO_CONFIG: join(folder, "none.toml") }, 3, /none\.toml does not exist/],
  ];
  it.each(cases)("because of %s is one line", async (_name, env, code, text) => {
    const failed = await failedStart(env);

    expect(failed.text.trim()).toMatch(text);
    expect(failed.code).toBe(code);
    expect(failed.text.trim().split("\n")).toHaveLength(1);
  });

  it("because of broken rules names file, line and column", async () => {
    const broken = join(folder, "broken.toml");
    writeFileSync(broken, '[overrides]\nenabled = "maybe\n');
    const failed = await failedStart({ CCO_CONFIG: broken });

    expect(failed.code).toBe(3);
    expect(failed.text).toMatch(/broken\.toml:2:\d+: /);
    expect(failed.text.trim().split("\n")).toHaveLength(1);
  });

  it("T25: is raised for a secret that others may write", async () => {
    const secret = join(folder, "secret");
    writeFileSync(secret, "sk-ant-x", { mode: 0o600 });
    chmodSync(secret, 0o622);
    const failed = await failedStart({ ANTHROPIC_API_KEY_FILE: secret });

    expect(failed.code).toBe(77);
    expect(failed.text.trim().split("\n")).toHaveLength(1);
    expect(failed.text).toContain(`chmod 600 ${secret}`);
    expect(failed.text).not.toContain("sk-ant-x");
  });

  it("T25: is raised for a spool folder that is a symbolic link", async () => {
    const dataDir = join(folder, "linked");
    const elsewhere = join(folder, "elsewhere");
    mkdirSync(dataDir);
    mkdirSync(elsewhere);
    symlinkSync(elsewhere, join(dataDir, "spool"));
    const failed = await failedStart({ CCO_DATA_DIR: dataDir });

    expect(failed.code).toBe(77);
    expect(failed.text.trim()).toMatch(/^The spool .*linked\/spool is a symbolic link/);
    expect(failed.text.trim().split("\n")).toHaveLength(1);
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it("is raised for a port in use", async () => {
    const other = createServer();
    await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
    const { port } = other.address() as AddressInfo;
    const failed = await failedStart({ CCO_PORT: String(port) });
    other.close();

    expect(failed.code).toBe(98);
    expect(failed.text.trim()).toBe(
      `Port ${port} on 127.0.0.1 is in use: stop the other program or choose another port with --port or CCO_PORT.`,
    );
  });

  it("is raised for a data folder that cannot be created", async () => {
    const file = join(folder, "a-file");
    writeFileSync(file, "");
    const failed = await failedStart({ CCO_DATA_DIR: join(file, "data") });

    expect(failed.code).toBe(73);
    expect(failed.text.trim().split("\n")).toHaveLength(1);
  });

  it("is raised for a data folder without write permission", async () => {
    const locked = join(folder, "locked");
    mkdirSync(locked, { mode: 0o500 });
    // Root may write anywhere but into the kernel's own file system.
    const dataDir = process.getuid?.() === 0 ? "/sys/cco" : locked;

    expect((await failedStart({ CCO_DATA_DIR: dataDir })).code).toBe(77);
  });
});

describe("SIGTERM", () => {
  it("lets running streams finish, turns readiness off, and ends with 0", async () => {
    const upstream = await startScriptedUpstream();
    const proxy = await startProxy({ upstreamUrl: upstream.url });
    let finish = () => {};
    upstream.answer = (response, arrived, request) => {
      finish = () => answerStream(response, arrived, request);
    };
    const ask = () =>
      fetch(`${proxy.url}/v1/messages`, { method: "POST", body: '{"model":"claude-sonnet-5-5","stream":true}' });
    const running = ask();
    await until(() => upstream.arrived.length === 1);
    const stopped = proxy.stop();
    const health = await until(async () => {
      const answer = await fetch(`${proxy.url}/health`);
      return answer.status === 503 && answer;
    });
    expect(health.status).toBe(503);
    const finishFirst = finish;
    const during = ask();
    await until(() => upstream.arrived.length === 2);
    finish();
    expect((await during).status).toBe(200);
    finishFirst();
    expect(await (await running).text()).toContain("message_stop");

    expect(await stopped).toBe(0);
    expect((await proxy.events(2)).map(({ ended }) => ended)).toEqual(["complete", "complete"]);
    await upstream.close();
    removeData(proxy);
  });
});
