import { mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { insertPriceVersion } from "#store/price-versions.ts";
import { bumpRevision } from "#store/revision.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

const LIST = loadCatalogue().priceVersion;
const discount = (percent: number) =>
  `[[discount]]\nmodel = "claude-opus-5-5"\nfrom = "2026-01-01"\npercent = "${percent}"\n`;

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream();
});
afterAll(() => upstream.close());

async function save({ dataDir }: ProxyProcess, toml: string): Promise<void> {
  const connection = await openSqlConnection(`file:${join(dataDir, "cco.db")}`);
  try {
    await inControlTransaction(connection, async () => {
      const by = { source: "console", actorId: null, actorName: "test", tokenName: null, basedOn: null } as const;
      await insertPriceVersion(connection, { ...by, toml, comment: "", rolledBackTo: null, savedAt: new Date() });
      await bumpRevision(connection);
    });
  } finally {
    await connection.close();
  }
}

async function ask({ url }: ProxyProcess): Promise<void> {
  const body = '{"model":"claude-opus-5-5","max_tokens":10,"messages":[{"role":"user","content":"hi"}]}';
  const answer = await fetch(`${url}/v1/messages`, { method: "POST", body });
  await answer.arrayBuffer();
}

/** Price versions that requests of now are priced with, by every process that answers. */
async function versionsInForce(proxy: ProxyProcess): Promise<string[]> {
  const looks = Array.from({ length: 8 }, async () => {
    const answer = await fetch(`${proxy.url}/api/overrides/stats`, { headers: { connection: "close" } });
    return ((await answer.json()) as { price_version: string }).price_version;
  });
  return [...new Set(await Promise.all(looks))];
}

describe("own prices in a proxy", () => {
  it("price the answered requests of a batch, at half", { timeout: 60_000 }, async () => {
    const usage = { input_tokens: 100, output_tokens: 10 };
    const message = { model: "claude-opus-5-5", content: [], usage };
    const batches = await startScriptedUpstream((response, { url }) => {
      const isResults = url.endsWith("/results");
      response.writeHead(200, { "content-type": isResults ? "application/x-jsonl" : "application/json" });
      if (isResults) response.end(`${JSON.stringify({ custom_id: "a", result: { type: "succeeded", message } })}\n`);
      else response.end(JSON.stringify({ id: "msgbatch_1", created_at: "2026-11-03T07:08:09Z" }));
    });
    const proxy = await startProxy({ upstreamUrl: batches.url });
    onTestFinished(async () => {
      await proxy.stop();
      await batches.close();
    });
    await save(proxy, discount(50));
    await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.1`);
    await (await fetch(`${proxy.url}/v1/messages/batches/msgbatch_1/results`)).text();
    const [line] = (await proxy.events(2)).filter(({ cost_nano_usd }) => Number(cost_nano_usd) > 0);

    // 100 × $4 + 10 × $20 a million tokens, at half for the batch and half for the discount.
    expect(line).toMatchObject({ cost_nano_usd: 150_000, price_version: `${LIST}+own.1` });
  });

  it.each([1, 2])(
    "are in force in all of %i processes within two seconds, and every event keeps its version",
    { timeout: 60_000 },
    async (workers) => {
      const proxy = await startProxy({ upstreamUrl: upstream.url, env: { CCO_WORKERS: String(workers) } });
      onTestFinished(() => proxy.stop().then(() => {}));
      await ask(proxy);
      const [before] = await proxy.events(1);
      expect(before?.price_version).toBe(LIST);

      await save(proxy, discount(50));
      const savedTick = performance.now();
      await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.1`);
      const tookMs = performance.now() - savedTick;
      for (let count = 0; count < 4; count++) await ask(proxy);
      const events = await proxy.events(5);

      const after = events.filter(({ price_version }) => price_version === `${LIST}+own.1`);
      expect(after).toHaveLength(4);
      for (const event of after) {
        expect(BigInt(event.input_nano_usd ?? 0) * 2n).toBe(BigInt(before?.input_nano_usd ?? 0));
      }
      console.info(`own prices in ${workers} processes after ${Math.round(tookMs)} ms`);
    },
  );

  it("stay as they are where a version cannot be read", { timeout: 30_000 }, async () => {
    const proxy = await startProxy({ upstreamUrl: upstream.url });
    onTestFinished(() => proxy.stop().then(() => {}));
    await save(proxy, discount(50));
    await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.1`);

    await save(proxy, discount(500));
    await until(() => proxy.output().includes("prices v2:4: discount[1].percent is too large"));
    expect(await versionsInForce(proxy)).toEqual([`${LIST}+own.1`]);
    await save(proxy, discount(10));
    await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.3`);
  });

  it("follow the file of CCO_PRICES_FILE; a broken one is named by line and changes nothing", {
    timeout: 30_000,
  }, async () => {
    const folder = mkdtempSync(join(tmpdir(), "cco-prices-"));
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
    const file = join(folder, "prices.toml");
    const write = (text: string) => {
      writeFileSync(`${file}.new`, text);
      renameSync(`${file}.new`, file);
    };
    write(discount(50));
    const proxy = await startProxy({ upstreamUrl: upstream.url, env: { CCO_PRICES_FILE: file } });
    onTestFinished(() => proxy.stop().then(() => {}));
    await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.1`);

    write(discount(-5));
    await until(() => proxy.output().includes(`${file}:4: discount[1].percent is negative`));
    write("");
    await until(() => proxy.output().includes(`${file}: it is empty`));
    expect(await versionsInForce(proxy)).toEqual([`${LIST}+own.1`]);
    write(discount(20));
    await until(async () => (await versionsInForce(proxy)).join() === `${LIST}+own.2`);
    expect(proxy.output()).toContain("The price file can be read again.");
  });
});
