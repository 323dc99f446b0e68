// Long because a session is followed over restarts, rules and instances with one set of helpers.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { bumpRevision } from "#store/revision.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import type { SqlConnection, SqlRow } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { type ProxyProcess, type StartOptions, startProxy, until } from "#tests/support/proxy-process.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";
import { answerJson, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";

const rules = (...rule: string[]) =>
  [
    "[overrides]\nenabled = true",
    ...rule.map((one) => `[[rule]]\n${one}`),
    '[analytics]\nreport_format = "silent"',
  ].join("\n");
const opusTo = (to: string, percentage = 100) => rules(`from = "opus"\nto = "${to}"\npercentage = ${percentage}`);

let upstream: ScriptedUpstream;
/** Models the upstream does not serve at the moment. */
const refused = new Set<string>();

beforeAll(async () => {
  upstream = await startScriptedUpstream((response, arrived, request) => {
    const model = /"model"\s*:\s*"([^"]*)"/.exec(arrived.body.toString())?.[1] ?? "";
    if (!refused.has(model)) return answerJson(response, arrived, request);
    response.writeHead(404, { "content-type": "application/json" });
    response.end('{"type":"error","error":{"type":"not_found_error","message":"no such model"}}');
  });
});
afterAll(() => upstream?.close());

/** A folder with everything a proxy leaves behind; gone after the test. */
function home(): string {
  const folder = mkdtempSync(join(tmpdir(), "cco-pins-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Resolves when the decisions from before are loaded: traffic does not wait for them longer than five seconds. */
async function start(options: Omit<StartOptions, "upstreamUrl">): Promise<ProxyProcess> {
  const proxy = await startProxy({ upstreamUrl: upstream.url, ...options });
  onTestFinished(() => proxy.stop("SIGKILL").then(() => {}));
  await until(async () => (await readHealth(proxy)).cache_hits !== null);
  return proxy;
}

interface Asked {
  model?: string;
  path?: string;
}

/** What served one request of a session, and what was said of it. */
async function ask(proxy: ProxyProcess, session: string, { model = OPUS, path = "/v1/messages" }: Asked = {}) {
  const answer = await fetch(proxy.url + path, {
    method: "POST",
    body: JSON.stringify({ model }),
    headers: { "x-claude-code-session-id": session },
  });
  await answer.arrayBuffer();
  expect(answer.status).toBe(200);
  return { served: answer.headers.get("x-cco-served-model"), how: answer.headers.get("x-cco-override") };
}

async function served(proxy: ProxyProcess, sessions: readonly string[]): Promise<(string | null)[]> {
  const models: (string | null)[] = [];
  for (let from = 0; from < sessions.length; from += 50) {
    const some = sessions.slice(from, from + 50);
    models.push(...(await Promise.all(some.map(async (session) => (await ask(proxy, session)).served))));
  }
  return models;
}

const buildSessions = (name: string, count: number) => Array.from({ length: count }, (_, at) => `${name}-${at}`);

async function withDatabase<T>(file: string, work: (connection: SqlConnection) => Promise<T>) {
  const connection = await openSqlConnection(`file:${file}`);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

const database = (proxy: ProxyProcess) => join(proxy.dataDir, "cco.db");

const pinRows = (file: string): Promise<SqlRow[]> =>
  withDatabase(file, (connection) => connection.all("SELECT * FROM session_pin").catch(() => []));

/** As the console does it: the next version, in the database. */
const publish = (file: string, toml: string, applies: "now" | "new-sessions") =>
  withDatabase(file, (connection) =>
    inControlTransaction(connection, async () => {
      const by = { source: "console", actorId: null, actorName: "test", basedOn: null } as const;
      await insertRuleVersion(connection, { toml, comment: "", applies, publishedAt: new Date(), ...by });
      await bumpRevision(connection);
    }),
  );

/** `cache_hits` is null until the database has been read. */
const readHealth = async (proxy: ProxyProcess) =>
  (await (await fetch(`${proxy.url}/health`)).json()) as { rules_version: number | null; cache_hits: number | null };

const rulesVersion = async (proxy: ProxyProcess) => (await readHealth(proxy)).rules_version ?? 0;

describe("a session's decision", () => {
  it("of a thousand survives a restart under changed rules, with the configured share", async () => {
    const dataDir = home();
    const sessions = buildSessions("held", 1_000);
    const first = await start({ dataDir, rules: opusTo(HAIKU, 30) });
    const before = await served(first, sessions);
    await first.stop();

    const second = await start({ dataDir, rules: opusTo(SONNET) });
    const after = await served(second, sessions);

    expect(after).toEqual(before);
    const share = before.filter((model) => model === HAIKU).length / sessions.length;
    // Three standard deviations of a thousand coin tosses of 30 %.
    expect(Math.abs(share - 0.3)).toBeLessThan(0.045);
    expect(new Set(before)).toEqual(new Set([HAIKU, OPUS]));
    expect(new Set(await served(second, buildSessions("later", 20)))).toEqual(new Set([SONNET]));
  });

  it("leaves no session id in the database", async () => {
    const dataDir = home();
    const proxy = await start({ dataDir, rules: opusTo(HAIKU) });
    await ask(proxy, "session-that-no-other-test-names");

    const rows = await until(async () => {
      const found = await pinRows(database(proxy));
      return found.length > 0 ? found : null;
    });

    expect(rows).toMatchObject([{ target: HAIKU, released_from: null, reason: "rule", asked_key: OPUS }]);
    expect(JSON.stringify(rows, (_, value) => (typeof value === "bigint" ? Number(value) : value))).not.toContain(
      "session-with-a-name",
    );
  });

  it("survives new versions, and ends by 'apply now' (also when overtaken) and by the switch", async () => {
    const proxy = await start({ dataDir: home(), rules: opusTo(HAIKU) });
    const file = database(proxy);
    await until(() => rulesVersion(proxy));
    expect((await ask(proxy, "running")).served).toBe(HAIKU);

    await publish(file, opusTo(SONNET), "new-sessions");
    await until(async () => (await ask(proxy, `new-${Math.random()}`)).served === SONNET);
    expect((await ask(proxy, "running")).served).toBe(HAIKU);

    await withDatabase(file, (connection) =>
      inControlTransaction(connection, async () => {
        const by = { comment: "", source: "console", actorId: null, actorName: "test", basedOn: null } as const;
        const publishedAt = new Date();
        await insertRuleVersion(connection, { toml: opusTo(SONNET, 100), applies: "now", publishedAt, ...by });
        await insertRuleVersion(connection, { toml: opusTo(OPUS), applies: "new-sessions", publishedAt, ...by });
        await bumpRevision(connection);
      }),
    );
    await until(async () => (await ask(proxy, "running")).served === OPUS);

    await publish(file, opusTo(HAIKU), "now");
    await until(async () => (await ask(proxy, "running")).served === HAIKU);
    await publish(file, opusTo(HAIKU).replace("enabled = true", "enabled = false"), "new-sessions");
    await until(async () => (await ask(proxy, "running")).served === OPUS);
  });

  it("is never restored for a session that the target refused: not later, not after a restart, not by 'apply now'", async () => {
    const dataDir = home();
    const first = await start({ dataDir, rules: opusTo(HAIKU) });
    refused.add(HAIKU);
    onTestFinished(() => void refused.clear());
    expect(await ask(first, "released")).toEqual({ served: OPUS, how: "fallback:upstream_404" });
    refused.clear();
    expect(await ask(first, "released")).toEqual({ served: OPUS, how: "skipped:pinned:upstream_404" });
    expect((await ask(first, "other")).served).toBe(HAIKU);
    await first.stop();

    const second = await start({ dataDir, rules: opusTo(HAIKU) });
    expect(await ask(second, "released")).toEqual({ served: OPUS, how: "skipped:pinned:upstream_404" });
    await publish(database(second), `${opusTo(HAIKU)}\n# again`, "now");
    await until(async () => (await rulesVersion(second)) === 2);
    expect((await ask(second, "released")).served).toBe(OPUS);
    await publish(database(second), opusTo(SONNET), "now");
    await until(async () => (await ask(second, "released")).served === SONNET);
  });

  it("is one per family: another family is decided separately, another model of it only under a rule about it", async () => {
    const proxy = await start({
      dataDir: home(),
      rules: rules(`from = "opus"\nto = "${HAIKU}"\npercentage = 50`, `from = "claude-sonnet-4-5"\nto = "${HAIKU}"`),
    });
    const sessions = buildSessions("family", 40);
    const models = await served(proxy, sessions);
    const inside = sessions[models.indexOf(HAIKU)] ?? "";
    const outside = sessions[models.indexOf(OPUS)] ?? "";

    expect((await ask(proxy, inside, { model: "claude-opus-4-8" })).served).toBe(HAIKU);
    expect((await ask(proxy, outside, { model: "claude-opus-4-8" })).served).toBe("claude-opus-4-8");
    expect((await ask(proxy, inside, { model: "claude-sonnet-4.5" })).served).toBe(HAIKU);
    expect((await ask(proxy, inside, { model: "claude-sonnet-5-5" })).served).toBe("claude-sonnet-5-5");
    expect((await ask(proxy, inside, { model: "claude-sonnet-4-5" })).served).toBe(HAIKU);
    expect((await ask(proxy, inside, { model: HAIKU })).served).toBe(HAIKU);
    expect((await ask(proxy, inside)).served).toBe(HAIKU);
    expect((await ask(proxy, outside)).served).toBe(OPUS);
  });

  it("applies to token counts, which create none", async () => {
    const proxy = await start({ dataDir: home(), rules: opusTo(HAIKU) });
    const count = { path: "/v1/messages/count_tokens" };
    await until(() => rulesVersion(proxy));
    expect((await ask(proxy, "counting", count)).served).toBe(HAIKU);
    await publish(database(proxy), opusTo(SONNET), "new-sessions");
    await until(async () => (await ask(proxy, "counting", count)).served === SONNET);

    expect((await ask(proxy, "counting")).served).toBe(SONNET);
    await publish(database(proxy), opusTo(HAIKU), "new-sessions");
    await until(async () => (await ask(proxy, `new-${Math.random()}`)).served === HAIKU);
    expect((await ask(proxy, "counting", count)).served).toBe(SONNET);
  });
});

describe("two proxies", () => {
  it("on one database agree: a session released by one is released by the other within two seconds", async () => {
    const file = join(home(), "shared.db");
    const env = { DATABASE_URL: `file:${file}` };
    const one = await start({ dataDir: home(), rules: opusTo(HAIKU), env });
    const other = await start({ dataDir: home(), rules: opusTo(HAIKU), env });
    const sessions = buildSessions("both", 20);
    expect(await served(one, sessions)).toEqual(await served(other, sessions));

    refused.add(HAIKU);
    onTestFinished(() => void refused.clear());
    await ask(one, "both-0");
    refused.clear();

    await until(async () => (await ask(other, "both-0")).served === OPUS);
    expect((await ask(other, "both-1")).served).toBe(HAIKU);
  });
});

describe("two proxies with Redis", () => {
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());

  it("with different rules and databases serve a session alike from its second request on", async () => {
    const secret = join(home(), "secret");
    writeFileSync(secret, "a-secret-that-only-both-instances-know", { mode: 0o600 });
    const env = { CCO_REDIS_URL: redis.url, NEXTAUTH_SECRET_FILE: secret };
    const one = await start({ dataDir: home(), rules: opusTo(HAIKU), env });
    const other = await start({ dataDir: home(), rules: opusTo(SONNET), env });
    await until(async () => (await sharedState(one)) === "up" && (await sharedState(other)) === "up");
    // On a busy machine Redis may miss its 200 ms, and a session is decided alone. Then the next sessions have to
    // agree.
    const agree = (name: string, { asked, served: model }: { asked: ProxyProcess[]; served: string }) => {
      let round = 0;
      return until(async () => {
        const sessions = buildSessions(`${name}-${round++}`, 50);
        const answers = [];
        for (const proxy of asked) answers.push(...(await served(proxy, sessions)));
        return answers.every((answer) => answer === model) && sessions;
      });
    };
    const sessions = await agree("haiku", { asked: [one, other], served: HAIKU });
    await agree("sonnet", { asked: [other, one], served: SONNET });

    for (const trouble of ["SIGSTOP", "SIGKILL"] as const) {
      redis.signal(trouble);
      // `ask` expects 200 of every one of them.
      const answers = await served(other, buildSessions(`while-${trouble}`, 100));
      expect(new Set(answers)).toEqual(new Set([SONNET]));
      expect(new Set(await served(other, sessions))).toEqual(new Set([HAIKU]));
      if (trouble === "SIGSTOP") redis.signal("SIGCONT");
    }
  });
});

const sharedState = async (proxy: ProxyProcess) =>
  ((await (await fetch(`${proxy.url}/health`)).json()) as { shared_memory: string }).shared_memory;
