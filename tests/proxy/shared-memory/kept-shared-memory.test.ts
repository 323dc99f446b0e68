import { readdirSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { openLog } from "#proxy/process/log.ts";
import { connectSharedMemory } from "#proxy/shared-memory/shared-memory.ts";
import { KEPT_SECRET } from "#tests/support/kept-messages.ts";
import { askBoth, type RecordedMemory } from "#tests/support/kept-shared-memory.ts";
import { startProxyInProcess } from "#tests/support/proxy-in-process.ts";
import { NO_RULES, until } from "#tests/support/proxy-process.ts";
import { type RedisServer, startRedis } from "#tests/support/redis.ts";
import { answerStream, type ScriptedUpstream, startScriptedUpstream } from "#tests/support/scripted-upstream.ts";

/** What releases have left in Redis; tests/support/record-shared-memory.ts adds the next one. */
const RECORDED = "tests/fixtures/kept-state/shared-memory";

let redis: RedisServer;
let upstream: ScriptedUpstream;
beforeAll(async () => {
  redis = await startRedis();
  upstream = await startScriptedUpstream(answerStream);
});
afterAll(async () => {
  await upstream?.close();
  await redis?.stop();
});

describe("what a release before this one left in Redis", () => {
  it.each(readdirSync(RECORDED))("still answers its caller and decides for its session: %s", async (name) => {
    const { atMs, text, servedModel, values }: RecordedMemory = JSON.parse(readFileSync(`${RECORDED}/${name}`, "utf8"));
    await redis.client.flushall();
    for (const [key, value] of Object.entries(values)) await redis.client.set(key, Buffer.from(value, "base64"));
    const shared = connectSharedMemory({ url: redis.url, secret: KEPT_SECRET, log: openLog("silent") });
    const now = () => atMs + 1_000;
    const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules: NO_RULES, shared, now });
    onTestFinished(() => proxy.end());
    await until(() => shared.isUp);

    const answer = await askBoth(proxy.url);

    expect(answer).toEqual({ cache: "hit", text, servedModel, statuses: [200, 200] });
    // Only the session's request was sent on.
    expect(upstream.arrived).toHaveLength(1);
  });
});
