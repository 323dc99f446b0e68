// Long because three workers are started once, and every promise about them needs them.

import { readdirSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { bumpRevision } from "#store/revision.ts";
import { insertRuleVersion } from "#store/rule-versions.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { type Answered, freshRequest } from "#tests/support/fresh-request.ts";
import { listChildren } from "#tests/support/list-children.ts";
import {
  collect,
  ONE_RULE,
  type ProxyProcess,
  removeData,
  spawnProxy,
  startProxy,
  until,
  waitForExit,
} from "#tests/support/proxy-process.ts";

const OPUS = "claude-opus-5-5";
const HAIKU = "claude-haiku-5-5";
const SONNET = "claude-sonnet-5-5";
const WORKERS = 3;

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

let asked = 0;

interface Asked {
  session?: string;
  mood?: string;
  stream?: boolean;
  begun?(id: string): void;
}

/** One request for opus, by a caller that knows no other connection. */
async function ask(proxy: ProxyProcess, { session, mood, stream = false, begun }: Asked = {}): Promise<Answered> {
  asked += 1;
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "x-api-key": "sk-test",
    "anthropic-version": "2023-06-01",
    "x-mock-id": `request-${asked}`,
    "x-claude-code-session-id": session ?? `session-${asked}`,
    ...(mood === undefined ? {} : { "x-mock-mood": mood }),
  };
  const messages = [{ role: "user", content: `count ${asked}` }];
  return freshRequest(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers,
    body: JSON.stringify({ model: OPUS, stream, max_tokens: 50, messages }),
    begun: (head) => begun?.(String(head["x-cco-request-id"])),
  });
}

const times = <T>(count: number, one: () => Promise<T>): Promise<T[]> =>
  Promise.all(Array.from({ length: count }, one));

const servedBy = ({ headers }: Answered) => headers["x-cco-served-model"];

async function json<T>(proxy: ProxyProcess, path: string): Promise<T> {
  return JSON.parse((await freshRequest(proxy.url + path)).text) as T;
}

interface Health {
  workers: number;
  workers_answering: number;
  rules_version: number | null;
  open_requests: number;
}

/** The processes that the primary has started. */
const listWorkers = (proxy: ProxyProcess): number[] => listChildren(proxy.pid);

async function withDatabase<T>(
  proxy: ProxyProcess,
  work: (connection: Awaited<ReturnType<typeof openSqlConnection>>) => Promise<T>,
): Promise<T> {
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  try {
    return await work(connection);
  } finally {
    await connection.close();
  }
}

const publish = (proxy: ProxyProcess, toml: string) =>
  withDatabase(proxy, (connection) =>
    inControlTransaction(connection, async () => {
      const by = { source: "console", actorId: null, actorName: "test", basedOn: null } as const;
      await insertRuleVersion(connection, {
        toml,
        comment: "",
        applies: "new-sessions",
        publishedAt: new Date(),
        ...by,
      });
      await bumpRevision(connection);
    }),
  );

describe("three workers on one port", () => {
  let proxy: ProxyProcess;
  beforeAll(async () => {
    proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: { CCO_WORKERS: String(WORKERS) } });
  });
  afterAll(async () => {
    await proxy?.stop();
    removeData(proxy);
  });

  it("print one start line, and all serve", async () => {
    expect(proxy.output().match(/CCO started on/g)).toHaveLength(1);
    expect(proxy.output().match(/Override rules loaded: 1/g)).toHaveLength(1);
    expect(listWorkers(proxy)).toHaveLength(WORKERS);
    expect(await json(proxy, "/health")).toMatchObject({ workers: WORKERS, workers_answering: WORKERS });
  });

  it("report the same sums from any worker in health, statistics, metrics and database", async () => {
    const open = times(6, () => ask(proxy, { mood: "slow-400", stream: true }));
    await until(async () => (await json<Health>(proxy, "/health")).open_requests === 6);
    for (let round = 0; round < 8; round += 1) await times(25, () => ask(proxy));
    await open;
    const total = 206;
    await proxy.events(total);

    const seen = await until(async () => {
      const counts = await times(9, async () => {
        const stats = await json<{ total_overrides: number }>(proxy, "/api/overrides/stats");
        return stats.total_overrides;
      });
      return counts.every((count) => count === total) && counts;
    });
    expect(seen).toHaveLength(9);
    for (const text of await times(6, async () => (await freshRequest(`${proxy.url}/metrics`)).text)) {
      expect(text).toContain(`cco_overrides_total{from="${OPUS}",to="${HAIKU}"} ${total}\n`);
      expect(text).toContain(`cco_requests_total{status_class="2xx"} ${total}\n`);
      expect(text).toContain(`cco_api_latency_count ${total}\n`);
      expect(text).toContain("cco_open_requests 0\n");
      expect(text).toContain(`cco_workers_answering ${WORKERS}\n`);
      expect(text.match(/^cco_api_latency\{quantile="0.99"\}/gm)).toHaveLength(1);
    }
    expect(await proxy.events(total)).toHaveLength(total);
    expect(await json(proxy, "/health")).toMatchObject({ open_requests: 0, spool_bytes: 0, events_dropped: 0 });
  });

  it("send events of all workers to one listener", async () => {
    const watching = new AbortController();
    const answer = await fetch(`${proxy.url}/api/stream`, { signal: watching.signal });
    let text = "";
    const reading = (async () => {
      for await (const part of answer.body ?? []) text += Buffer.from(part).toString();
    })().catch(() => {});
    await until(() => text.includes("event: analytics"));
    // Once an event of another worker arrives, all workers know about the listener.
    await until(async () => {
      await times(3, () => ask(proxy));
      return (text.match(/event: model_override/g)?.length ?? 0) >= 3 * WORKERS;
    });
    const before = text.match(/event: model_override/g)?.length ?? 0;

    await times(20, () => ask(proxy));

    await until(() => (text.match(/event: model_override/g)?.length ?? 0) === before + 20);
    watching.abort();
    await reading;
  });

  it("release a session in all workers once the target has refused it", async () => {
    expect((await times(12, () => ask(proxy, { session: "refused" }))).map(servedBy)).toEqual(Array(12).fill(HAIKU));

    const fallback = await ask(proxy, { session: "refused", mood: `not-found@${HAIKU}` });

    expect(fallback.headers["x-cco-override"]).toBe("fallback:upstream_404");
    // Sent through the primary: a moment after the response, not at the next poll of the database.
    await until(async () =>
      (await times(12, () => ask(proxy, { session: "refused" }))).every((one) => servedBy(one) === OPUS),
    );
    expect(new Set((await times(12, () => ask(proxy, { session: "refused" }))).map(servedBy))).toEqual(new Set([OPUS]));
  });

  it("all serve a published version, and running sessions keep theirs in all of them", async () => {
    await times(6, () => ask(proxy, { session: "running" }));
    const before = (await json<Health>(proxy, "/health")).rules_version ?? 0;

    await publish(proxy, ONE_RULE.replace(HAIKU, SONNET));

    await until(async () => {
      const versions = await times(9, async () => (await json<Health>(proxy, "/health")).rules_version);
      return versions.every((version) => version === before + 1);
    });
    expect(new Set((await times(30, () => ask(proxy))).map(servedBy))).toEqual(new Set([SONNET]));
    expect(new Set((await times(12, () => ask(proxy, { session: "running" }))).map(servedBy))).toEqual(
      new Set([HAIKU]),
    );
  });
});

it("kill -9 of workers under load loses no event and doubles none, and only their own requests break", async () => {
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: { CCO_WORKERS: String(WORKERS) } });
  onTestFinished(async () => {
    await proxy.stop("SIGKILL");
    removeData(proxy);
  });
  const firstAsked = asked;
  const acknowledged = new Set<string>();
  const begun = new Set<string>();
  const broken: string[] = [];
  let isOver = false;
  const caller = async () => {
    while (!isOver) {
      try {
        const answer = await ask(proxy, { mood: "slow-5", stream: true, begun: (id) => begun.add(id) });
        expect(answer.status).toBe(200);
        if (answer.text.includes("event: message_stop")) acknowledged.add(String(answer.headers["x-cco-request-id"]));
      } catch (problem) {
        broken.push(String((problem as NodeJS.ErrnoException).code ?? problem));
      }
    }
  };
  const callers = times(8, caller);
  for (let round = 0; round < 4; round += 1) {
    const before = acknowledged.size;
    await until(() => acknowledged.size > before + 20);
    const victim = listWorkers(proxy)[round % WORKERS] ?? 0;
    process.kill(victim, "SIGKILL");
    await until(() => !listWorkers(proxy).includes(victim) && listWorkers(proxy).length === WORKERS);
  }
  isOver = true;
  await callers;

  // No caller hung until its timeout, and only callers of killed workers saw an error.
  expect(broken.filter((code) => code !== "ECONNRESET")).toEqual([]);
  expect(broken.length).toBeLessThanOrEqual(8 * 4);
  const rows = await until(async () => {
    const found = await proxy.events(acknowledged.size);
    const ids = new Set(found.map((row) => row.id));
    return [...begun].every((id) => ids.has(id)) && found;
  });
  const byId = new Map(rows.map((row) => [String(row.id), row]));
  expect(byId.size, "an id stands twice").toBe(rows.length);
  expect([...acknowledged].filter((id) => byId.get(id)?.ended !== "complete")).toEqual([]);
  const twice = [...mock.served].filter(([id, { received }]) => received > 1 && Number(id.split("-")[1]) > firstAsked);
  expect(twice, "sent upstream twice").toEqual([]);
  await until(async () => {
    const { total_overrides } = await json<{ total_overrides: number }>(proxy, "/api/overrides/stats");
    return total_overrides === rows.length;
  });
  // Of those that live: the workers, and the primary, whose folder is empty.
  await until(() => foldersIn(proxy).length === WORKERS + 1);
  expect(await proxy.stop()).toBe(0);
  expect(
    await withDatabase(proxy, async (connection) => (await verifyLedger(connection, [loadCatalogue()])).problems),
  ).toEqual([]);
  expect(foldersIn(proxy)).toEqual([]);
});

const foldersIn = (proxy: ProxyProcess): string[] =>
  readdirSync(join(proxy.dataDir, "spool"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

it("SIGTERM lets every open response of every worker finish, and ends with 0 and everything recorded", async () => {
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: { CCO_WORKERS: String(WORKERS) } });
  onTestFinished(() => removeData(proxy));
  const begun = new Set<string>();
  const open = times(20, () => ask(proxy, { mood: "slow-400", stream: true, begun: (id) => begun.add(id) }));
  await until(() => begun.size === 20);
  const workers = listWorkers(proxy);

  // As a service manager does it: everybody gets the signal, and only the primary's word counts.
  for (const pid of workers) process.kill(pid, "SIGTERM");
  const stopped = proxy.stop();

  const answers = await open;
  expect(answers.map(({ status, text }) => status === 200 && text.includes("event: message_stop"))).toEqual(
    Array(20).fill(true),
  );
  expect(await stopped).toBe(0);
  expect((await proxy.events(20)).map(({ ended }) => ended)).toEqual(Array(20).fill("complete"));
  expect(foldersIn(proxy)).toEqual([]);
  expect(workers.filter(isAlive)).toEqual([]);
});

it("kill -9 of the primary ends its workers, and the next start takes over everything", async () => {
  const first = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env: { CCO_WORKERS: "2" } });
  const home = join(first.dataDir, "..");
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));
  await times(10, () => ask(first));
  const workers = listWorkers(first);

  await first.stop("SIGKILL");

  await until(() => workers.filter(isAlive).length === 0);
  const second = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, dataDir: home });
  await second.events(10);
  // The instance that died is signed off by the one that took its place.
  const instances = () => withDatabase(second, (connection) => connection.all("SELECT pid FROM instance", []));
  await until(async () => (await instances()).map(({ pid }) => Number(pid)).join() === `${second.pid}`);
  expect(await second.stop()).toBe(0);
});

it("a start on a port in use ends with one line and 98, with and without workers", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void other.close());
  const { port } = other.address() as AddressInfo;
  const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE });
  await proxy.stop();
  onTestFinished(() => removeData(proxy));

  const child = spawnProxy({
    CCO_WORKERS: "2",
    CCO_PORT: String(port),
    CCO_CONFIG: proxy.rulesFile,
    CCO_DATA_DIR: proxy.dataDir,
  });
  const printed = collect(child);

  expect(await waitForExit(child)).toBe(98);
  // Beside the log, whose lines are JSON.
  const lines = printed().trim().split("\n");
  expect(lines.filter((line) => !line.startsWith("{"))).toEqual([
    `Port ${port} on 127.0.0.1 is in use: stop the other program or choose another port with --port or CCO_PORT.`,
  ]);
});

it("a stop at any moment ends workers that are still starting", async () => {
  for (const waitMs of [0, 20, 40, 60, 100]) {
    // A worker that missed the stop would delay it by this long.
    const env = { CCO_WORKERS: "3", CCO_SHUTDOWN_SECONDS: "3600" };
    const proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, env });
    for (const worker of listWorkers(proxy).slice(1)) process.kill(worker, "SIGKILL");
    await new Promise((resolve) => setTimeout(resolve, waitMs)); // a moment of the new ones' start
    await proxy.stop();
    expect(proxy.isAlive()).toBe(false);
    removeData(proxy);
  }
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
