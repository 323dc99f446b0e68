import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openSqlConnection } from "#store/sql-connection.ts";
import { startProxyAndUpstream } from "#tests/support/proxy-and-upstream.ts";
import {
  collect,
  type EventRow,
  NO_RULES,
  ONE_RULE,
  type ProxyProcess,
  removeData,
  spawnProxy,
  startProxy,
  until,
  waitForExit,
} from "#tests/support/proxy-process.ts";
import { finished } from "#tests/support/run-cco.ts";
import { answerJson, type ScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** Mistakes people make: each is answered by words that say what to do instead, and takes nothing with it. */

let upstream: ScriptedUpstream;
let proxy: ProxyProcess;
let end: () => Promise<void>;

beforeAll(async () => {
  ({ upstream, proxy, end } = await startProxyAndUpstream(ONE_RULE));
});
afterAll(() => end?.());

const ask = (body: BodyInit) =>
  fetch(`${proxy.url}/v1/messages`, { method: "POST", body, headers: { "content-type": "application/json" } });

async function readEvent(answer: Response): Promise<EventRow> {
  const id = answer.headers.get("x-cco-request-id");
  return until(async () => (await proxy.events(1)).find((event) => event.id === id));
}

describe("a request that cannot be served", () => {
  it.each<[string, string, number, string, string]>([
    [
      "malformed JSON",
      '{"model":"claude-opus-5-5",',
      400,
      "invalid_request_error",
      "The request body is not valid JSON: expected a quoted key (at byte 27).",
    ],
    [
      "two models",
      '{"model":"claude-opus-5-5","model":"b"}',
      400,
      "invalid_request_error",
      "model: the key is given twice.",
    ],
    [
      "more than 32 MB",
      `{"model":"${"a".repeat(33 * 1024 * 1024)}"}`,
      413,
      "request_too_large",
      "The request body is larger than 32 MB.",
    ],
  ])(
    "because of %s names the cause, is recorded without a cost, and is not sent upstream",
    async (_name, body, status, type, text) => {
      upstream.arrived.length = 0;

      const answer = await ask(body);

      expect(answer.status).toBe(status);
      expect(await answer.json()).toMatchObject({ type: "error", error: { type, message: text } });
      expect(await readEvent(answer)).toMatchObject({
        status,
        ended: "error",
        usage_state: "none",
        cost_nano_usd: null,
      });
      expect(upstream.arrived).toHaveLength(0);
      expect((await ask('{"model":"claude-sonnet-5-5"}')).status).toBe(200);
    },
  );

  it("because no provider has the model gets the provider's own bytes, recorded and unpriced", async () => {
    const refusal = '{"type":"error", "error":{"type":"not_found_error","message":"model: claude-nothing-9"}}\n';
    upstream.answer = (response) => {
      response.writeHead(404, {
        "content-type": "application/json",
        "request-id": "req_404",
        "x-should-retry": "false",
      });
      response.end(refusal);
    };
    const body = '{ "model":"claude-nothing-9", "max_tokens":1 }';

    const answer = await ask(body);
    upstream.answer = answerJson;

    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe(refusal);
    expect(Object.fromEntries(answer.headers)).toMatchObject({ "request-id": "req_404", "x-should-retry": "false" });
    expect(upstream.arrived.at(-1)?.body.toString()).toBe(body);
    expect(await readEvent(answer)).toMatchObject({
      status: 404,
      ended: "error",
      error_type: "not_found_error",
      requested_model: "claude-nothing-9",
      served_model: "claude-nothing-9",
      upstream_request_id: "req_404",
      usage_state: "none",
      cost_nano_usd: null,
      saved_nano_usd: null,
    });
  });

  it("is served and counted as unpriced when only the price list does not know the model", async () => {
    const answer = await ask('{"model":"claude-nothing-9"}');

    expect(answer.status).toBe(200);
    expect(await readEvent(answer)).toMatchObject({ input_tokens: 11, output_tokens: 25, cost_nano_usd: null });
  });
});

describe("a mistake in the rules file", () => {
  const pair = (target: string) => ONE_RULE.replace("claude-haiku-5-5", target);

  it.each<[string, string, string]>([
    ["syntax", "[overrides\n", "model-overrides.toml:1:11: A ] is missing here: write [overrides]."],
    ["type", '[overrides]\nenabled = "yes"\n', "model-overrides.toml:2:11: enabled is true or false, not a text."],
  ])("of %s is reported with position and fix while the last good rules serve", async (_name, toml, text) => {
    proxy.writeRules(toml);

    await until(async () => (await health()).rules_problem?.includes(text));
    await until(() => proxy.output().includes(text));
    expect(await served()).toBe("claude-haiku-5-5");

    proxy.writeRules(ONE_RULE);
    await until(async () => (await health()).rules_problem === null);
  });

  it.each<[string, string, string]>([
    ["an unknown key", `enabeld = true\n${NO_RULES}`, 'model-overrides.toml:1:1: \\"enabeld\\"'],
    [
      "an unknown key of a table",
      ONE_RULE.replace("[overrides]\n", "[overrides]\nenabeld = false\n"),
      'model-overrides.toml:2:1: \\"enabeld\\" is not a key of [overrides] and is ignored. Did you mean \\"enabled\\"?',
    ],
    [
      "a retired target",
      pair("claude-3-opus-20240229"),
      'model-overrides.toml:3:30: \\"claude-3-opus-20240229\\" was retired on 2026-01-05. Did you mean \\"claude-opus-5-5\\"?',
    ],
  ])("that is %s is a warning with position and fix, and the file is in force", async (_name, toml, text) => {
    const before = (await health()).rules_version ?? 0;

    proxy.writeRules(toml);

    await until(async () => (await health()).rules_version === before + 1);
    await until(() => proxy.output().includes(text));
    expect((await health()).rules_problem).toBeNull();
  });
});

describe("a start on the database of a newer CCO", () => {
  it("ends with 69 and one line, from the CLI and the proxy, and does not touch the database", async () => {
    const first = await startProxy({ upstreamUrl: upstream.url });
    await first.stop();
    const file = join(first.dataDir, "cco.db");
    await pretendNewer(file);
    const before = readFileSync(file);
    const env = {
      CCO_PORT: "0",
      CCO_CONFIG: first.rulesFile,
      CCO_DATA_DIR: first.dataDir,
      CCO_UPSTREAM_URL: upstream.url,
    };
    const fix =
      'This database was used by a newer CCO (migration 29990101000000_future). Start that release. To go back, restore a backup made before it into an empty database: docs/operate.md, "Upgrade and go back".';

    const child = spawnProxy(env);
    const printed = collect(child);
    expect(await waitForExit(child)).toBe(69);
    // On a slow machine the kept state serves for a moment, and there are lines of a start before it.
    expect(printed()).toContain(`${fix}\n`);

    const { code, stderr } = await finished(["run", "--no-console"], env);
    expect([code, stderr]).toEqual([69, expect.stringContaining(`error: ${fix}\n`)]);

    expect(readFileSync(file).equals(before)).toBe(true);
    removeData(first);
  });
});

describe("a data folder without write permission", () => {
  it("ends with 77 and one line that names folder and fix, from the CLI and the proxy", async () => {
    // Root may write anywhere but into the kernel's own file system.
    const dataDir = process.getuid?.() === 0 ? "/sys/cco" : "/root/cco";
    const env = { CCO_PORT: "0", CCO_DATA_DIR: dataDir, CCO_UPSTREAM_URL: upstream.url };

    const child = spawnProxy({ ...env, CCO_CONFIG: "config/model-overrides.toml" });
    const printed = collect(child);
    expect(await waitForExit(child)).toBe(77);
    expect(printed().replace("EACCES", "EPERM")).toBe(
      `Cannot create data directory ${dataDir} (EPERM). Fix its permissions or set CCO_DATA_DIR.\n`,
    );

    const { code, stdout, stderr } = await finished(["run", "--no-console"], env);
    expect([code, stdout]).toEqual([77, ""]);
    expect(stderr.replace("EACCES", "EPERM")).toBe(
      `error: the data folder ${dataDir} is not writable by this user (EPERM)\nhint: fix its permissions, or name another one with --data-dir or CCO_DATA_DIR\n`,
    );
  });
});

const health = async () =>
  (await (await fetch(`${proxy.url}/health`)).json()) as { rules_problem: string | null; rules_version: number | null };

async function served(): Promise<string | null> {
  const answer = await ask('{"model":"claude-opus-5-5"}');
  await answer.arrayBuffer();
  return answer.headers.get("x-cco-served-model");
}

async function pretendNewer(file: string): Promise<void> {
  const connection = await openSqlConnection(`file:${file}`);
  await connection.all("UPDATE _prisma_migrations SET migration_name = '29990101000000_future'");
  await connection.all("PRAGMA wal_checkpoint(TRUNCATE)");
  await connection.close();
}
