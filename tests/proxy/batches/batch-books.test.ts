import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { parseBatchNote } from "#core/batches/batch-note.ts";
import { eventPages } from "#store/events.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { verifyLedger } from "#store/verify-ledger.ts";
import { NO_RULES, type ProxyProcess, startProxy } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const ID = "msgbatch_killed";
const RESULTS = `/v1/messages/batches/${ID}/results`;
const LINES = 6;
/** 100 × $4 + 10 × $20 a million tokens, at half. */
const COST_EACH = 300_000n;

const line = (at: number) =>
  JSON.stringify({
    custom_id: `one-${at}`,
    result: {
      type: "succeeded",
      message: { model: "claude-opus-5-5", content: [], usage: { input_tokens: 100, output_tokens: 10 } },
    },
  });
const body = Array.from({ length: LINES }, (_, at) => `${line(at)}\n`).join("");

let upstream: ScriptedUpstream;
/** Lines that a reader gets before the provider stops sending; null: all of them. */
let stopsAfter: number | null = null;

beforeAll(async () => {
  upstream = await startScriptedUpstream((response, { url }) => {
    if (!url.endsWith("/results"))
      return void response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ id: ID, created_at: "2026-11-03T07:08:09Z", processing_status: "in_progress" }));
    response.writeHead(200, { "content-type": "application/x-jsonl" });
    if (stopsAfter === null) response.end(body);
    else response.write(body.slice(0, (line(0).length + 1) * stopsAfter + 20));
  });
});
afterAll(() => upstream.close());

async function readBooks(proxy: ProxyProcess, problems: object[]): Promise<RequestEvent[]> {
  const connection = await openSqlConnection(`file:${join(proxy.dataDir, "cco.db")}`);
  onTestFinished(() => connection.close());
  const all: RequestEvent[] = [];
  for await (const events of eventPages(connection)) all.push(...events);
  problems.push(...(await verifyLedger(connection, [loadCatalogue()])).problems);
  return all.filter(({ batch }) => parseBatchNote(batch)?.kind === "line");
}

/** Reads until `count` lines have arrived, and leaves the connection open. */
async function readLines(url: string, count: number): Promise<void> {
  const reader = ((await fetch(url)).body as ReadableStream<Uint8Array>).getReader();
  let text = "";
  while (text.split("\n").length <= count) text += Buffer.from((await reader.read()).value ?? []).toString();
  reader.closed.catch(() => {});
}

it("R1: results of a batch whose reader is served by a process that is killed between lines are booked once, for who created the batch", async () => {
  const first = await startProxy({ upstreamUrl: upstream.url, rules: NO_RULES });
  onTestFinished(async () => void (await first.stop("SIGKILL")));
  await (await fetch(`${first.url}/p/alpha/v1/messages/batches`, { method: "POST", body: '{"requests":[]}' })).text();
  await first.events(1);

  stopsAfter = 2;
  await readLines(`${first.url}/p/beta${RESULTS}`, 2);
  await first.stop("SIGKILL");
  stopsAfter = null;

  const second = await startProxy({ upstreamUrl: upstream.url, rules: NO_RULES, dataDir: join(first.dataDir, "..") });
  onTestFinished(async () => void (await second.stop("SIGKILL")));
  const problems: object[] = [];
  await expect.poll(async () => (await readBooks(second, [])).length, { timeout: 20_000 }).toBe(2);
  for (let at = 0; at < 2; at++) expect(await (await fetch(`${second.url}/p/gamma${RESULTS}`)).text()).toBe(body);
  await expect.poll(async () => (await readBooks(second, [])).length, { timeout: 20_000 }).toBe(LINES);
  expect(await second.stop()).toBe(0);

  const booked = await readBooks(second, problems);
  expect(booked).toHaveLength(LINES);
  expect(booked.map(({ project }) => project)).toEqual(Array(LINES).fill("alpha"));
  expect(booked.reduce((sum, { costNanoUsd }) => sum + BigInt(costNanoUsd ?? 0), 0n)).toBe(COST_EACH * BigInt(LINES));
  expect(problems).toEqual([]);
});
