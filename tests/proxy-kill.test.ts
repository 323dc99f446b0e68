import { readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "@libsql/client";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type Difference, verifyLedger } from "#store/verify-ledger.ts";
import { type EventRow, ONE_RULE, type ProxyProcess, startProxy, until } from "./support/proxy-process.ts";

const kills = Number(process.env.CCO_TEST_KILLS ?? "12");
const callers = 16;
const model = "claude-opus-5-5";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock({ record: false });
});
afterAll(() => mock?.close());

/** What the callers saw: ids of requests whose answer they read to its end, and of all whose answer began. */
interface History {
  acknowledged: Set<string>;
  begun: Set<string>;
}

it("kill -9 of the proxy, over and over under load, loses no event and doubles none", async () => {
  const seed = Number(process.env.CCO_TEST_SEED ?? Date.now() % 100_000);
  const random = randomFrom(seed);
  const history: History = { acknowledged: new Set(), begun: new Set() };
  let proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE });
  const home = join(proxy.dataDir, "..");
  onTestFinished(() => rmSync(home, { recursive: true, force: true }));

  for (let round = 0; round < kills; round += 1) {
    const before = history.acknowledged.size;
    const load = loadOn(proxy, history);
    // Not before something was answered: a round without traffic would prove nothing.
    await until(() => history.acknowledged.size > before, 30_000);
    const unlock = round % 3 === 2 ? await lockDatabase(proxy) : null;
    await wait(Math.floor(random() * 400));
    await proxy.stop("SIGKILL");
    load.end();
    await load.ended;
    await unlock?.();
    proxy = await startProxy({ upstreamUrl: mock.url, rules: ONE_RULE, dataDir: home });
  }
  console.log(
    `seed ${seed}: ${kills} kills, ${history.acknowledged.size} requests acknowledged, ${history.begun.size} begun`,
  );
  const rows = await settledRows(proxy, history);
  await proxy.stop();

  const byId = new Map(rows.map((row) => [String(row.id), row]));
  expect(byId.size, "an id stands twice").toBe(rows.length);
  const lost = [...history.acknowledged].filter((id) => byId.get(id)?.ended !== "complete");
  expect(lost, "acknowledged, but not recorded as complete").toEqual([]);
  const unseen = [...history.begun].filter((id) => !byId.has(id));
  expect(unseen, "answered by the upstream, but without a row").toEqual([]);
  const twice = [...mock.served].filter(([, count]) => count.received > 1);
  expect(twice, "sent upstream twice").toEqual([]);
  expect(await problemsOf(proxy)).toEqual([]);
  expect(leftFolders(proxy)).toEqual([]);
}, 300_000);

/** Callers in a loop, each with its own session, until told to end; the death of the proxy only ends their request. */
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
  const text = await response.text();
  if (text.includes("event: message_stop")) history.acknowledged.add(id);
}

/** Another process holds the write lock, as a backup or a stuck migration would. Returns the way to let go. */
async function lockDatabase(proxy: ProxyProcess): Promise<() => Promise<void>> {
  const client = createClient({ url: `file:${join(proxy.dataDir, "cco.db")}`, timeout: 5_000 });
  const lock = await client.transaction("write");
  return async () => {
    await lock.rollback();
    client.close();
  };
}

/** All rows, once every answer that began has one and nothing is left to drain. */
async function settledRows(proxy: ProxyProcess, { begun }: History): Promise<EventRow[]> {
  return until(async () => {
    const rows = await proxy.events(1);
    const ids = new Set(rows.map((row) => row.id));
    return [...begun].every((id) => ids.has(id)) ? rows : null;
  }, 60_000);
}

async function problemsOf(proxy: ProxyProcess): Promise<Difference[]> {
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  try {
    return (await verifyLedger(connection, loadCatalogue())).problems;
  } finally {
    await connection.close();
  }
}

/** Folders of the killed owners: each is gone once its segments are in the database. */
const leftFolders = (proxy: ProxyProcess): string[] =>
  readdirSync(join(proxy.dataDir, "spool"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name);

/** A small seeded generator (mulberry32), so that a failure can be run again. */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
