import { writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { openLog } from "#proxy/process/log.ts";
import { connectSharedMemory } from "#proxy/shared-memory/shared-memory.ts";
import { KEPT_SECRET } from "./kept-messages.ts";
import { askBoth, type RecordedMemory } from "./kept-shared-memory.ts";
import { startProxyInProcess } from "./proxy-in-process.ts";
import { until } from "./proxy-process.ts";
import { startRedis } from "./redis.ts";
import { answerStream, startScriptedUpstream } from "./scripted-upstream.ts";

/**
 * Records what this release leaves in Redis: `node --import tsx tests/support/record-shared-memory.ts layout-2` adds
 * tests/fixtures/kept-state/shared-memory/layout-2.json. Files that are there stay: a roll-out leaves values of both releases.
 */
const [name = ""] = process.argv.slice(2);
const rules = '[overrides]\nenabled = true\n[[rule]]\nfrom = "opus"\nto = "claude-haiku-5-5"\n';
const redis = await startRedis();
const upstream = await startScriptedUpstream(answerStream);
const shared = connectSharedMemory({ url: redis.url, secret: KEPT_SECRET, log: openLog("silent") });
const proxy = await startProxyInProcess({ upstreamUrl: upstream.url, rules, shared });
try {
  await until(() => shared.isUp);
  const atMs = Date.now();
  const { text, servedModel } = await askBoth(proxy.url);
  await until(async () => (await redis.client.dbsize()) === 2);
  const recorded: RecordedMemory = { atMs, text, servedModel: servedModel ?? "", values: {} };
  for (const key of (await redis.client.keys("*")).sort())
    recorded.values[key] = ((await redis.client.getBuffer(key)) ?? Buffer.alloc(0)).toString("base64");
  const file = join(import.meta.dirname, "../fixtures/kept-state/shared-memory", `${name}.json`);
  writeFileSync(file, `${JSON.stringify(recorded, null, 2)}\n`, { flag: "wx" });
  process.stdout.write(`${Object.keys(recorded.values).join("\n")}\n`);
} finally {
  await proxy.end();
  await upstream.close();
  await redis.stop();
}
