import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import { roles } from "#core/access/roles.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { clearAway, NO_RULES, ONE_RULE, type ProxyProcess, startProxy, until } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// What a command says where it used to say nothing, or another thing, beside one CCO that runs.

let proxy: ProxyProcess;
let env: Record<string, string>;
beforeAll(async () => {
  proxy = await startProxy({ upstreamUrl: "http://127.0.0.1:9", rules: NO_RULES });
  env = { CCO_DATA_DIR: proxy.dataDir, CCO_CONFIG: proxy.rulesFile, CCO_PORT: String(proxy.port) };
});
afterAll(async () => {
  if (proxy) await clearAway(proxy);
});

it("cco rules publish --dry-run ends as publishing would when another version is live", async () => {
  const next = join(scratchFolder(), "next.toml");
  writeFileSync(next, ONE_RULE);
  await until(async () => (await ccoHere(["rules", "list"], env)).stdout.startsWith("v1\t"));
  const dryRun = (version: string) =>
    ccoHere(["rules", "publish", next, "-m", "x", "--dry-run", "--if-version", version], env);

  expect((await dryRun("1")).code).toBe(0);
  expect(await dryRun("3")).toMatchObject({ code: 5, stderr: expect.stringContaining("v1 is live, not v3") });
});

it("cco console on a port that is taken ends with 98 and a sentence", async () => {
  const taken = await ccoHere(["console", "--port", String(proxy.port)], { ...env, CCO_DATA_DIR: scratchFolder() });

  expect([taken.code, taken.stderr]).toEqual([98, expect.stringContaining(`port ${proxy.port} on `)]);
});

it.each([
  [["--from", "2026-11-31", "--to", "2026-12-02"], "--from 2026-11-31 is no day"],
  [["--from", "2026-11-01", "--to", "tomorrow"], "--to tomorrow is no day"],
])("cco cost %j names the wrong day", async (words, says) => {
  expect(await ccoHere(["cost", ...words], env)).toMatchObject({ code: 2, stderr: expect.stringContaining(says) });
});

it("cco status says that its token shows nothing more", async () => {
  const closed = await startProxy({
    upstreamUrl: "http://127.0.0.1:9",
    env: { CCO_REQUIRE_KEY: "1", CCO_PUBLIC_URL: "https://cco.example.com" },
  });
  onTestFinished(() => clearAway(closed));
  const CCO_URL = closed.url;
  const wrong = await ccoHere(["status"], { CCO_URL, CCO_TOKEN: "ccoat_wrong" });
  const without = await ccoHere(["status"], { CCO_URL });

  expect([wrong.code, wrong.stderr]).toEqual([0, expect.stringContaining("CCO_TOKEN shows no more than no token")]);
  expect(without.stderr).toBe("");
});

it("cco users --help names every role", async () => {
  const { stdout } = await ccoHere(["users", "--help"], env);

  expect(/--role <role> +(.*)$/m.exec(stdout)?.[1]).toBe(roles.join(", "));
});
