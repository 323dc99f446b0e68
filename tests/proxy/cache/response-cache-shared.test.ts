// Long because three instances with one Redis are started once for all promises.

import { createHash } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { WebSocket } from "ws";
import { NO_PURGES, withPurge } from "#core/cache/purges.ts";
import { openLog } from "#proxy/process/log.ts";
import { connectSharedMemory, type SharedMemory } from "#proxy/shared-memory/shared-memory.ts";
import { type ProxyInProcess, startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";
import { answerStream, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";
import { openSqliteFile } from "#tests/support/sqlite-file.ts";

const MODEL = "claude-haiku-4-5-20251001";
const question = (content = "Why?") =>
  JSON.stringify({ model: MODEL, max_tokens: 9, temperature: 0, stream: true, messages: [{ role: "user", content }] });

let upstream: ScriptedUpstream;
beforeAll(async () => {
  upstream = await startScriptedUpstream(answerStream);
});
afterEach(() => {
  upstream.arrived.length = 0;
});
afterAll(() => upstream.close());

async function ask({ url }: { url: string }, body = question(), key = "sk-ant-one") {
  const answer = await fetch(`${url}/v1/messages`, { method: "POST", headers: { "x-api-key": key }, body });
  return { status: answer.status, result: answer.headers.get("x-cco-cache"), text: await answer.text() };
}

describe("instances with Redis", () => {
  let redis: RedisServer;
  const memories: SharedMemory[] = [];
  const proxies: ProxyInProcess[] = [];

  beforeAll(async () => {
    redis = await startRedis();
    for (const secret of ["s".repeat(32), "s".repeat(32), "another secret of 32 characters!"]) {
      const shared = connectSharedMemory({ url: redis.url, secret, log: openLog("silent") });
      memories.push(shared);
      proxies.push(await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, shared }));
    }
    await until(() => memories.every((memory) => memory.isUp));
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.end();
    await redis.stop();
  });
  const proxy = (number: number): ProxyInProcess => {
    const found = proxies[number];
    if (found === undefined) throw new Error("no such proxy");
    return found;
  };
  const stored = () => until(async () => (await redis.client.dbsize()) > 0);

  it("share responses with the same caller only, and never with another installation", async () => {
    const first = await ask(proxy(0));
    await stored();

    const second = await ask(proxy(1));

    expect(second).toEqual({ ...first, result: "hit" });
    expect(proxy(1).closed.at(-1)).toMatchObject({ cache: "hit", usageState: "exact", costNanoUsd: "0" });
    expect((await ask(proxy(1), question(), "sk-ant-two")).result).toBe("miss");
    expect((await ask(proxy(2))).result).toBe("miss");
  });

  it("store nothing readable in Redis and reject forged values", async () => {
    await redis.client.flushall();
    await ask(proxy(0), question("secret?"));
    await stored();
    const [name = ""] = await redis.client.keys("*");

    const bytes = (await redis.client.getBuffer(name)) ?? Buffer.alloc(0);
    expect(bytes.length).toBeGreaterThan(800);
    expect(bytes.includes("Grüße")).toBe(false);
    expect(name).not.toContain("sk-ant");
    await redis.client.set(name, Buffer.concat([bytes.subarray(0, -1), Buffer.from("x")]));
    expect((await ask(proxy(1), question("secret?"))).result).toBe("miss");
    await redis.client.del(name);
    await redis.client.rpush(name, "not ours");
    proxy(1).server.context.cache.clear();
    expect((await ask(proxy(1), question("secret?"))).result).toBe("miss");
  });

  it("forget purged responses, in Redis too", async () => {
    const purges = withPurge(NO_PURGES, { kind: "model", model: "another" }, 0);
    for (const one of proxies) one.server.context.cache.applyPurges(purges);
    await redis.client.flushall();
    await ask(proxy(0), question("purged?"));
    await stored();

    proxy(0).server.context.cache.applyPurges(withPurge(purges, { kind: "model", model: MODEL }, 0));

    await until(async () => (await redis.client.dbsize()) === 0);
    expect((await ask(proxy(0), question("purged?"))).result).toBe("miss");
  });

  it("R23: serve every request while Redis is stopped, flushed or killed", async () => {
    redis.signal("SIGSTOP");
    const during = await Promise.all(
      Array.from({ length: 20 }, (_, number) => ask(proxy(0), question(`stop ${number}`))),
    );
    redis.signal("SIGCONT");
    await until(() => proxy(0).server.context.shared.isUp);
    await redis.client.flushall();
    const after = await ask(proxy(0), question("flushed"));
    redis.signal("SIGKILL");
    const killed = await Promise.all(
      Array.from({ length: 20 }, (_, number) => ask(proxy(1), question(`kill ${number}`))),
    );

    expect([...during, after, ...killed].map(({ status }) => status)).toEqual(Array(41).fill(200));
    expect([...during, after, ...killed].every(({ result }) => result === "miss")).toBe(true);
    expect((await ask(proxy(1), question("kill 3"))).result).toBe("hit");
  });
});

describe("instances with one database", () => {
  let folder: string;
  const proxies: ProxyProcess[] = [];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "cco-cache-"));
    for (const name of ["one", "two"]) {
      const env = { DATABASE_URL: `file:${join(folder, "shared.db")}` };
      proxies.push(
        await startProxy({ upstreamUrl: upstream.url, rules: NO_RULES, env, dataDir: mkdtempSync(join(folder, name)) }),
      );
    }
  });
  afterAll(async () => {
    for (const proxy of proxies) await proxy.stop("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  });

  /** An owner's access token, as the console would have written it. */
  async function issueToken(secret: string): Promise<void> {
    const client = openSqliteFile(join(folder, "shared.db"));
    const hash = createHash("sha256").update(secret).digest("hex");
    const [past, future] = ["2026-01-01T00:00:00.000+00:00", "2999-01-01T00:00:00.000+00:00"];
    await client.batch(
      [
        {
          sql: "INSERT INTO person (id, email, name, role, session_version, created_at) VALUES ('per_a', 'a@x', 'Ada', 'owner', 1, ?)",
          args: [past],
        },
        {
          sql: "INSERT INTO access_token (id, name, hint, scopes, token_hash, person_id, created_at, expires_at) VALUES ('tok_a', 'Night job', 'x', 'cache', ?, 'per_a', ?, ?)",
          args: [hash, past, future],
        },
        "UPDATE revision SET number = number + 1",
      ],
      "write",
    );
    client.close();
  }

  it("all forget their responses when one terminal purges, and the audit log names the person", async () => {
    const [one, two] = proxies;
    if (one === undefined || two === undefined) throw new Error("no proxies");
    for (const proxy of proxies)
      expect([(await ask(proxy)).result, (await ask(proxy)).result]).toEqual(["miss", "hit"]);

    expect(await command(one, "cache clear")).toMatch(/takes a sign-in/);
    expect((await ask(one)).result).toBe("hit");
    await issueToken("ccoat_shared");
    const cleared = await until(async () => {
      const answer = await command(one, "cache clear", { authorization: "Bearer ccoat_shared" });
      return answer.startsWith("Response cache cleared") && answer;
    });
    expect(cleared).toBe("Response cache cleared: 1 answer forgotten.");

    expect((await ask(one)).result).toBe("miss");
    await until(async () => (await readFigures(two)).cached_items === 0);
    expect((await ask(two)).result).toBe("miss");
    const client = openSqliteFile(join(folder, "shared.db"));
    const { rows } = await client.execute(
      "select actor_kind, actor_name, token_name, via, action, after from audit_entry where action = 'cache.purge'",
    );
    client.close();
    expect(rows.map((row) => ({ ...row }))).toEqual([
      {
        ...{ actor_kind: "person", actor_name: "Ada", token_name: "Night job", via: "api" },
        ...{ action: "cache.purge", after: '{"kind":"all"}' },
      },
    ]);
  });

  it("report their caches in the old fields, the new fields, and on the console", async () => {
    const [one] = proxies;
    if (one === undefined) throw new Error("no proxies");

    // The number of the purge before may reach this instance only now. It takes with it what was asked for until then.
    const figures = await until(async () => {
      await ask(one);
      const figures = await readFigures(one);
      return figures.cache_hits >= 2 && figures.cached_items === 1 && figures;
    });

    expect(figures).toMatchObject({ cache_enabled: true, evictions: 0 });
    expect(figures.hit_rate).toBeGreaterThan(0);
    expect(figures.total_requests).toBe(figures.cache_hits + figures.cache_misses);
    const metrics = await (await fetch(`${one.url}/metrics`)).text();
    expect(metrics).toMatch(/^cco_cache_hits [1-9]/m);
    expect(metrics).toMatch(/^cco_cache_requests_total\{result="hit"\} [1-9]/m);
    expect(metrics).toMatch(/^cco_cost_avoided_usd_total 0\.0/m);
    const client = openSqliteFile(join(folder, "shared.db"));
    const report = await until(async () => {
      await ask(one);
      const { rows } = await client.execute("select cache_report from instance");
      return rows.map((row) => String(row.cache_report)).find((text) => text.includes('"items":1'));
    });
    client.close();
    expect(JSON.parse(report)).toMatchObject({ items: 1, shared: "none", entries: [{ model: MODEL }] });
    expect(report).not.toMatch(/Grüße|Why|sk-ant/);
  });

  it("follow the rules file immediately: switched off, nothing is stored or looked up", async () => {
    const [one] = proxies;
    if (one === undefined) throw new Error("no proxies");
    await ask(one);

    one.writeRules(`${NO_RULES}[cache]\nenabled = false\n`);

    await until(async () => (await ask(one)).result === "off");
    expect(await readFigures(one)).toMatchObject({ cached_items: 0, memory_usage_bytes: 0, cache_enabled: false });
  });
});

interface Figures {
  cache_hits: number;
  cache_misses: number;
  hit_rate: number;
  total_requests: number;
  cached_items: number;
}

async function readFigures({ url }: ProxyProcess): Promise<Figures> {
  return (await (await fetch(`${url}/api/cache/stats`)).json()) as Figures;
}

function command({ port }: ProxyProcess, text: string, headers: Record<string, string> = {}): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}/terminal`, { headers });
    socket.on("error", reject);
    socket.on("open", () => socket.send(text));
    socket.on("message", (data) => {
      resolve((JSON.parse(String(data)) as { content: string }).content);
      socket.close();
    });
  });
}
