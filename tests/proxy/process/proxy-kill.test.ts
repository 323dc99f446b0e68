import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type Difference, verifyLedger } from "#store/verify-ledger.ts";
import { listChildren } from "#tests/support/list-children.ts";
import { type EventRow, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { seededRandom, testSeed } from "#tests/support/seeded-random.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

const kills = Number(process.env.CCO_TEST_KILLS ?? "9");
const callers = 32;
const model = "claude-opus-5-5";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

/**
 * What the callers saw, by request id. It holds every request that began, the input it named, and the output of what
 * they read to its end.
 */
interface History {
  begun: Set<string>;
  input: Map<string, number>;
  acknowledged: Map<string, number>;
}

interface Variant {
  processes: string;
  env: Record<string, string>;
  rounds: number;
}

it.each<Variant>([
  { processes: "one process", env: {}, rounds: Math.ceil((kills * 2) / 3) },
  { processes: "a primary and two workers", env: { CCO_WORKERS: "2" }, rounds: Math.floor(kills / 3) },
])(
  "R1, R2: kill -9 of the proxy ($processes), repeated under load, loses no event and doubles none",
  async ({ processes, env, rounds }) => {
    const seed = testSeed();
    const random = seededRandom(seed);
    const history: History = { begun: new Set(), input: new Map(), acknowledged: new Map() };
    const receivedBefore = mock.served.size;
    const options = { upstreamUrl: mock.url, rules: ONE_RULE, env };
    let proxy = await startProxy(options);
    const home = join(proxy.dataDir, "..");
    onTestFinished(async () => {
      await killAll(proxy);
      rmSync(home, { recursive: true, force: true });
    });

    for (let round = 0; round < rounds; round += 1) {
      const before = history.acknowledged.size;
      const load = loadOn(proxy, history);
      // Not before something was answered: a round without traffic would prove nothing.
      await until(() => history.acknowledged.size > before);
      const unlock = round % 3 === 2 ? await lockDatabase(proxy) : null;
      await wait(Math.floor(random() * 300));
      await killAll(proxy);
      load.end();
      await load.ended;
      await unlock?.();
      proxy = await startProxy({ ...options, dataDir: home });
    }
    const { begun, acknowledged } = history;
    console.log(`seed ${seed}, ${processes}: ${rounds} kills, ${acknowledged.size} acknowledged, ${begun.size} begun`);
    const rows = await settledRows(proxy, history);
    const problems = await stopAndVerify(proxy);

    expect(wrongRows(rows, history)).toEqual([]);
    const received = [...mock.served.values()].slice(receivedBefore);
    expect(rows.length, "sent upstream, but without a row").toBeGreaterThanOrEqual(received.length);
    expect(
      received.filter((count) => count.received > 1),
      "sent upstream twice",
    ).toEqual([]);
    expect(problems).toEqual([]);
    expect(leftFolders(proxy)).toEqual([]);
    expect(acknowledged.size).toBeGreaterThanOrEqual(rounds);
  },
  300_000,
);

/** What contradicts the callers, in words. */
function wrongRows(rows: readonly EventRow[], { begun, input, acknowledged }: History): string[] {
  const byId = new Map(rows.map((row) => [String(row.id), row]));
  const wrong = byId.size === rows.length ? [] : ["an id stands twice"];
  for (const id of begun) if (!byId.has(id)) wrong.push(`${id} began, but has no row`);
  for (const [id, outputTokens] of acknowledged) {
    const row = byId.get(id);
    const isExact = row?.ended === "complete" && row.usage_state === "exact" && row.output_tokens === outputTokens;
    if (!isExact) wrong.push(`${id} was answered with ${outputTokens} tokens, but is ${JSON.stringify(row)}`);
  }
  for (const [id, inputTokens] of input) {
    const row = byId.get(id);
    if (row?.input_tokens !== inputTokens)
      wrong.push(`${id} named ${inputTokens} input tokens, not ${row?.input_tokens}`);
  }
  return wrong;
}

/** At once, as a machine does that runs out of memory. */
async function killAll(proxy: ProxyProcess): Promise<void> {
  const workers = listChildren(proxy.pid);
  const ended = proxy.stop("SIGKILL");
  for (const pid of workers) process.kill(pid, "SIGKILL");
  await ended;
}

/** Callers in a loop, one session each, until stopped; the death of the proxy only ends their request. */
function loadOn(proxy: ProxyProcess, history: History): { end: () => void; ended: Promise<unknown> } {
  let isOver = false;
  const one = async (caller: number) => {
    while (!isOver && proxy.isAlive()) await ask(proxy, `caller-${caller}`, history).catch(() => {});
  };
  return {
    end: () => {
      isOver = true;
    },
    ended: Promise.all(Array.from({ length: callers }, (_, caller) => one(caller))),
  };
}

let counter = 0;

async function ask(proxy: ProxyProcess, session: string, history: History): Promise<void> {
  counter += 1;
  const response = await fetch(`${proxy.url}/v1/messages`, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      "x-api-key": "sk-test",
      "anthropic-version": "2023-06-01",
      "x-claude-code-session-id": session,
      "x-mock-id": `request-${counter}`,
      "x-mock-mood": "slow-5",
    },
    body: JSON.stringify({
      model,
      stream: true,
      max_tokens: 50,
      messages: [{ role: "user", content: `count ${counter}` }],
    }),
  });
  const id = response.headers.get("x-cco-request-id") ?? "";
  history.begun.add(id);
  let text = "";
  for await (const part of response.body ?? []) {
    text += Buffer.from(part).toString("latin1");
    const input = /"input_tokens":(\d+)/.exec(text);
    if (input && text.includes("\n\n")) history.input.set(id, Number(input[1]));
  }
  if (!text.includes("event: message_stop")) return;
  history.acknowledged.set(id, Number(/event: message_delta[\s\S]*"output_tokens":(\d+)/.exec(text)?.[1]));
}

/** Another process holds the write lock, as a backup or a stuck migration would. Returns the way to let go. */
async function lockDatabase(proxy: ProxyProcess): Promise<() => Promise<void>> {
  const client = openSqliteFile(join(proxy.dataDir, "cco.db"));
  const lock = await client.transaction("write");
  return async () => {
    await lock.rollback();
    client.close();
  };
}

/** All rows, once every answer that began has one. */
async function settledRows(proxy: ProxyProcess, { begun }: History): Promise<EventRow[]> {
  return until(async () => {
    const rows = await proxy.events(1);
    const ids = new Set(rows.map((row) => row.id));
    return [...begun].every((id) => ids.has(id)) ? rows : null;
  });
}

async function stopAndVerify(proxy: ProxyProcess): Promise<Difference[]> {
  await proxy.stop();
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  try {
    return (await verifyLedger(connection, [loadCatalogue()])).problems;
  } finally {
    await connection.close();
  }
}

/** Folders of the killed owners: each is gone once its segments are in the database. */
const leftFolders = (proxy: ProxyProcess): string[] =>
  readdirSync(join(proxy.dataDir, "spool"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);
