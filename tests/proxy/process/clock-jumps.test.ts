import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { bumpRevision } from "#store/revision.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { askMany, failed } from "#tests/support/ask-many.ts";
import { fakeClock } from "#tests/support/fake-clock.ts";
import { freshRequest } from "#tests/support/fresh-request.ts";
import { clearAway, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";

const HOUR_MS = 3_600_000;
const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const CACHED = `${ONE_RULE}[cache]\nenabled = true\nttl_seconds = 2\n`;

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

async function start(rules = ONE_RULE) {
  const clock = fakeClock();
  const proxy = await startProxy({ upstreamUrl: mock.url, rules, env: clock.env });
  onTestFinished(() => clearAway(proxy));
  return { clock, proxy };
}

interface Asked {
  session?: string;
  mood?: string;
  content?: string;
  begun?(): void;
}

let asked = 0;

/** One streamed request for opus; or, with a content, a plain question whose answer may come from memory. */
function ask(proxy: ProxyProcess, { session, mood, content, begun }: Asked = {}) {
  asked += 1;
  const messages = [{ role: "user", content: content ?? `count ${asked}` }];
  return freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-test",
      "anthropic-version": "2023-06-01",
      "x-claude-code-session-id": session ?? `session-${asked}`,
      ...(mood === undefined ? {} : { "x-mock-mood": mood }),
    },
    body: JSON.stringify(
      content === undefined
        ? { model: OPUS, stream: true, max_tokens: 50, messages }
        : { model: "claude-haiku-4-5-20251001", max_tokens: 50, temperature: 0, messages },
    ),
    begun,
  });
}

const openLedger = async <T>(
  proxy: ProxyProcess,
  work: (sql: Awaited<ReturnType<typeof openSqlConnection>>) => Promise<T>,
) => {
  const connection = await openSqlConnection(`file:${proxy.dataDir}/cco.db`);
  return work(connection).finally(() => connection.close());
};

interface Health {
  uptime: number;
  spool_bytes: number;
  events_oldest_seconds: number | null;
}

const health = async (proxy: ProxyProcess) => (await (await fetch(`${proxy.url}/health`)).json()) as Health;

it("R18: a clock jump during responses makes no duration negative and delays nothing", async () => {
  const { clock, proxy } = await start();
  for (const ahead of [-2, 3, -1, 1, 0]) {
    let hasBegun = () => {};
    const begun = new Promise<void>((resolve) => {
      hasBegun = resolve;
    });
    const running = ask(proxy, { mood: "slow-50", begun: hasBegun });
    await begun;
    clock.setAhead(ahead * HOUR_MS);
    expect((await running).text).toContain("event: message_stop");
    expect(failed(await askMany(proxy.url, 20))).toEqual([]);

    const { uptime, events_oldest_seconds } = await health(proxy);
    expect(uptime).toBeGreaterThanOrEqual(0);
    expect(uptime).toBeLessThan(600);
    expect(events_oldest_seconds ?? 0).toBeLessThan(600);
    await until(async () => (await health(proxy)).spool_bytes === 0);
  }

  const rows = await proxy.events(105);
  expect(rows).toHaveLength(105);
  const wrong = rows.filter(({ duration_ms, ttfb_ms, started_at_ms, ended_at_ms }) => {
    const [durationMs, ttfbMs] = [Number(duration_ms), Number(ttfb_ms)];
    return (
      durationMs < 0 || durationMs > 60_000 || ttfbMs < 0 || Number(ended_at_ms) - Number(started_at_ms) !== durationMs
    );
  });
  expect(wrong).toEqual([]);
  expect((await openLedger(proxy, (sql) => verifyLedger(sql))).problems).toEqual([]);
});

it("R18: rules published after the clock was set back are served, and cached responses live no longer", async () => {
  const { clock, proxy } = await start(CACHED);
  const question = { content: "the same question", session: "asker" };
  const fromCache = async () => (await ask(proxy, question)).headers["x-cco-cache"];
  await ask(proxy, question);
  await until(async () => (await fromCache()) === "hit");

  clock.setAhead(-HOUR_MS);
  await until(async () => (await fromCache()) === "miss");
  await openLedger(proxy, (sql) =>
    inControlTransaction(sql, async () => {
      const at = new Date();
      await insertRuleVersion(sql, {
        ...{ toml: CACHED.replace(HAIKU, SONNET), comment: "c", source: "console", actorId: null, actorName: "A" },
        ...{ basedOn: 1, applies: "now", publishedAt: at },
      });
      await bumpRevision(sql);
    }),
  );

  await until(async () => (await ask(proxy)).headers["x-cco-served-model"] === SONNET);
});

it("R18: a request belongs to the UTC day of its start, on leap days too", async () => {
  const { clock, proxy } = await start();
  const eve = Date.parse("2028-02-28T23:59:58.500Z");
  clock.setAhead(eve - Date.now());
  await Promise.all(Array.from({ length: 4 }, () => ask(proxy, { mood: "slow-500" }))); // over midnight
  clock.setAhead(Date.parse("2028-02-29T12:00:00Z") - Date.now());
  await ask(proxy);

  const rows = await proxy.events(5);
  const toDay = (ms: unknown) => new Date(Number(ms)).toISOString().slice(0, 10);
  expect(rows.map(({ started_at_ms }) => toDay(started_at_ms)).sort()).toEqual([
    ...Array(4).fill("2028-02-28"),
    "2028-02-29",
  ]);
  expect(rows.filter(({ ended_at_ms }) => toDay(ended_at_ms) === "2028-02-29")).toHaveLength(5);
  const days = await openLedger(proxy, (sql) =>
    sql.all("SELECT day, SUM(requests) AS requests FROM rollup_day GROUP BY day ORDER BY day"),
  );
  expect(days).toEqual([
    { day: "2028-02-28", requests: 4n },
    { day: "2028-02-29", requests: 1n },
  ]);
});
