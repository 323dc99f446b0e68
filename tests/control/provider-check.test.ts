import { afterAll, beforeAll, expect, it } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import { providerCheck, startProviderCheck } from "#control/setup/provider-check.ts";
import { startMock } from "#mock/server.ts";
import { checkProvider } from "#proxy/upstream/check-provider.ts";
import { claimProviderCheck, putProviderCheck } from "#store/provider-checks.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { freePort } from "#tests/support/free-port.ts";

const catalogue = loadCatalogue();
let mock: Awaited<ReturnType<typeof startMock>>;
beforeAll(async () => {
  mock = await startMock({ port: 0 });
});
afterAll(() => mock.close());

const check = (operatorKey: string | null, url = mock.url) =>
  checkProvider({ upstreamUrl: new URL(url), operatorKey }, catalogue);

it("the check reports ok when the provider accepts the key and answers with one token", async () => {
  const result = await check("sk-ant-api03-good");

  expect(result).toMatchObject({ outcome: "ok", problem: null, answer: { status: 200, outputTokens: 1 } });
  expect(result.models?.count).toBeGreaterThan(0);
});

it("the check reports a refused key with the provider's message and without the key", async () => {
  const result = await check("sk-ant-invalid-secret");

  expect(result).toMatchObject({
    outcome: "key-refused",
    answer: { status: 401, errorType: "authentication_error" },
  });
  expect(JSON.stringify(result)).not.toContain("sk-ant-invalid-secret");
});

it("the check reports an unreachable provider", async () => {
  const result = await check("sk-ant-api03-good", `http://127.0.0.1:${await freePort()}`);

  expect(result).toMatchObject({ outcome: "unreachable", answer: null });
  expect(result.problem).toMatch(/could not be reached/);
});

it("the check tests only the address when callers bring their own credential", async () => {
  expect(await check(null)).toMatchObject({ outcome: "no-key", models: null });
});

it("the check is requested in the console, taken by one of several proxies, and read back", async () => {
  const world = await makeControlWorld();
  try {
    const owner = await world.person("owner");
    const { id } = await startProviderCheck(owner, world.deps);
    expect((await providerCheck(owner, world.deps)).check).toMatchObject({ id, state: "waiting" });

    const at = world.deps.now();
    const claims = [
      await claimProviderCheck(world.deps.db, "ins_1", at),
      await claimProviderCheck(world.deps.db, "ins_2", at),
    ];
    await putProviderCheck(world.deps.db, id, await check("sk-ant-api03-good"), at);

    expect(claims).toEqual([id, null]);
    expect((await providerCheck(owner, world.deps)).check).toMatchObject({ state: "done", result: { outcome: "ok" } });
  } finally {
    await world.end();
  }
});

it("the check requires permission to change settings", async () => {
  const world = await makeControlWorld();
  try {
    const developer = await world.person("developer");
    await expect(startProviderCheck(developer, world.deps)).rejects.toMatchObject({ code: "auth.forbidden" });
  } finally {
    await world.end();
  }
});
