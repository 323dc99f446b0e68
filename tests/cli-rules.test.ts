import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { publishRules } from "#control/rules/publish.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { makeControlWorld } from "./support/control-world.ts";
import { finished, runCco } from "./support/run-cco.ts";
import { eventually, scratchFolder } from "./support/scratch.ts";

// Each test runs the command many times: on a busy machine that takes a while.

const rules = (to: string) => `# kept
[overrides]
enabled = true
rules = [["claude-opus-5-5", "${to}"]]
`;

async function installation() {
  const mock: Mock = await startMock();
  onTestFinished(() => mock.close());
  const folder = scratchFolder();
  const file = join(folder, "rules.toml");
  writeFileSync(file, rules("claude-sonnet-5-5"));
  const env = { CCO_PORT: "0", CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: file, CCO_UPSTREAM_URL: mock.url };
  const cco = runCco(["run", "--no-console"], env);
  onTestFinished(() => cco.stop());
  const [, address] = await cco.line(/^CCO started on (\S+)$/m);
  await cco.line(/^Override rules loaded: 1$/m);
  await eventually(async () => expect(await versionOf(`${address}`)).toBe(1));
  const next = join(folder, "next.toml");
  writeFileSync(next, rules("claude-haiku-5-5"));
  return { env, file, next, address: `${address}`, folder };
}

const versionOf = async (address: string) =>
  ((await (await fetch(`${address}/health`)).json()) as { rules_version: number }).rules_version;

test("publish, list, diff, roll back and pause reach the running proxy and the file", async () => {
  const { env, file, next, address } = await installation();

  const published = await finished(["rules", "publish", next, "-m", "Cheaper"], env);
  expect([published.code, published.stdout]).toEqual([0, "v2\n"]);
  await eventually(async () => expect(await versionOf(address)).toBe(2));
  expect(readFileSync(file, "utf8")).toBe(rules("claude-haiku-5-5"));

  const diff = await finished(["rules", "diff"], env);
  expect(diff.stdout).toContain(
    '-rules = [["claude-opus-5-5", "claude-sonnet-5-5"]]\n+rules = [["claude-opus-5-5", "claude-haiku-5-5"]]',
  );
  const listed = await finished(["rules", "list"], env);
  expect(listed.stdout.split("\n")[0]).toMatch(/^v2\t.*\tCheaper$/);

  const rolledBack = await finished(["rules", "rollback", "-y"], env);
  expect([rolledBack.code, rolledBack.stdout]).toEqual([0, "v3\n"]);
  await eventually(async () => expect(await versionOf(address)).toBe(3));
  expect((await finished(["rules", "show"], env)).stdout).toBe(rules("claude-sonnet-5-5"));

  expect((await finished(["rules", "off", "-y"], env)).code).toBe(0);
  await eventually(async () =>
    expect(await (await fetch(`${address}/health`)).json()).toMatchObject({ overrides_enabled: false }),
  );
  expect((await finished(["rules", "on"], env)).code).toBe(0);
  await eventually(async () =>
    expect(await (await fetch(`${address}/health`)).json()).toMatchObject({ overrides_enabled: true }),
  );
  expect(readFileSync(file, "utf8")).toContain("# kept");
});

test("refusals are one line and an exit code, and change nothing", async () => {
  const { env, file, next, folder } = await installation();
  const before = readFileSync(file, "utf8");
  const broken = join(folder, "broken.toml");
  writeFileSync(broken, rules("claude-haiku-9-9"));

  const outcomes = {
    noComment: await finished(["rules", "publish", next], env),
    stale: await finished(["rules", "publish", next, "-m", "x", "--if-version", "7"], env),
    unknownTarget: await finished(["rules", "publish", broken, "-m", "x"], env),
    dryRun: await finished(["rules", "publish", broken, "--dry-run"], env),
    noEarlier: await finished(["rules", "rollback", "-y"], env),
    noTerminal: await finished(["rules", "off"], env),
    noNumber: await finished(["rules", "show", "new"], env),
    noDatabase: await finished(["rules", "list", "--data-dir", join(folder, "elsewhere")], env),
  };

  const codes = Object.fromEntries(Object.entries(outcomes).map(([name, { code }]) => [name, code]));
  expect(codes).toEqual({
    noComment: 2,
    stale: 5,
    unknownTarget: 3,
    dryRun: 3,
    noEarlier: 1,
    noTerminal: 2,
    noNumber: 2,
    noDatabase: 1,
  });
  for (const [name, { stdout, stderr }] of Object.entries(outcomes)) {
    expect([name, stdout]).toEqual([name, ""]);
    expect(stderr).toMatch(/^(.*\n)?error: .+\n(hint: .+\n)?$/);
  }
  expect(readFileSync(file, "utf8")).toBe(before);
  expect(existsSync(join(folder, "elsewhere"))).toBe(false);
});

test("T38: the list names the access token a version was published with", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  const { secret } = await issueAccessToken(
    await world.person("owner", "Ada"),
    { name: "CI", scopes: ["rules"] },
    world.deps,
  );
  const script = await checkAccessToken(secret, null, world.deps);
  if (script === null) throw new Error("the token is not taken");
  const content = { toml: rules("claude-haiku-5-5"), basedOn: null, comment: "Cheaper" };
  await publishRules(script, content, world.deps);
  const { dataDir, rulesFile } = world.deps.config;

  const listed = await finished(["rules", "list"], { CCO_DATA_DIR: dataDir, CCO_CONFIG: rulesFile });

  expect(listed.stdout).toMatch(/^v1\t.*\tAda \(token CI\)\tCheaper\n$/);
});
