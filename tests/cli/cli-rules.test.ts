import { once } from "node:events";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { expect, onTestFinished, test } from "vitest";
import { publishRules } from "#control/rules/publish.ts";
import { checkAccessToken } from "#control/tokens/check.ts";
import { issueAccessToken } from "#control/tokens/issue.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { makeControlWorld } from "#tests/support/control-world.ts";
import { runCco } from "#tests/support/run-cco.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

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
  await eventually(async () => expect(await readVersion(`${address}`)).toBe(1));
  const next = join(folder, "next.toml");
  writeFileSync(next, rules("claude-haiku-5-5"));
  return { env, file, next, address: `${address}`, folder };
}

const readVersion = async (address: string) =>
  ((await (await fetch(`${address}/health`)).json()) as { rules_version: number }).rules_version;

test("publish, list, diff, roll back and pause reach the running proxy and the file", async () => {
  const { env, file, next, address } = await installation();

  const published = await ccoHere(["rules", "publish", next, "-m", "Cheaper"], env);
  expect([published.code, published.stdout]).toEqual([0, "v2\n"]);
  await eventually(async () => expect(await readVersion(address)).toBe(2));
  expect(readFileSync(file, "utf8")).toBe(rules("claude-haiku-5-5"));

  const diff = await ccoHere(["rules", "diff"], env);
  expect(diff.stdout).toContain(
    '-rules = [["claude-opus-5-5", "claude-sonnet-5-5"]]\n+rules = [["claude-opus-5-5", "claude-haiku-5-5"]]',
  );
  const listed = await ccoHere(["rules", "list"], env);
  expect(listed.stdout.split("\n")[0]).toMatch(/^v2\t.*\tCheaper$/);

  const rolledBack = await ccoHere(["rules", "rollback", "-y"], env);
  expect([rolledBack.code, rolledBack.stdout]).toEqual([0, "v3\n"]);
  await eventually(async () => expect(await readVersion(address)).toBe(3));
  expect((await ccoHere(["rules", "show"], env)).stdout).toBe(rules("claude-sonnet-5-5"));

  expect((await ccoHere(["rules", "off", "-y"], env)).code).toBe(0);
  await eventually(async () =>
    expect(await (await fetch(`${address}/health`)).json()).toMatchObject({ overrides_enabled: false }),
  );
  const paused = await ccoHere(["rules", "list"], env);
  expect(paused.stderr).toBe("overrides are paused: cco rules on resumes them\n");
  expect((await ccoHere(["rules", "on"], env)).code).toBe(0);
  expect((await ccoHere(["rules", "list"], env)).stderr).toBe("");
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
    noComment: await ccoHere(["rules", "publish", next], env),
    stale: await ccoHere(["rules", "publish", next, "-m", "x", "--if-version", "7"], env),
    unknownTarget: await ccoHere(["rules", "publish", broken, "-m", "x"], env),
    dryRun: await ccoHere(["rules", "publish", broken, "--dry-run"], env),
    noEarlier: await ccoHere(["rules", "rollback", "-y"], env),
    noTerminal: await ccoHere(["rules", "off"], env),
    noNumber: await ccoHere(["rules", "show", "new"], env),
    noDatabase: await ccoHere(["rules", "list", "--data-dir", join(folder, "elsewhere")], env),
  };

  const asked = {
    noFile: await ccoHere(["rules", "publish", join(folder, "nowhere.toml"), "-m", "x"], env),
    noVersion: await ccoHere(["rules", "show", "99"], env),
    noInput: await ccoHere(["rules", "off"], { ...env, CCO_NO_INPUT: "1" }),
  };
  expect(asked.noFile.code).toBe((await ccoHere(["validate", join(folder, "nowhere.toml")], env)).code);
  expect(asked.noFile.stderr).toMatch(
    /nowhere\.toml does not exist\nhint: name a rules file, or - for standard input\n$/,
  );
  expect(asked.noVersion.stderr).toMatch(/There is no version 99\.\nhint: cco rules list shows the versions\n$/);
  expect(asked.noInput.stderr).toMatch(/this needs a confirmation, but CCO_NO_INPUT is set\nhint: add -y\n$/);

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

  const listed = await ccoHere(["rules", "list"], { CCO_DATA_DIR: dataDir, CCO_CONFIG: rulesFile });

  expect(listed.stdout).toMatch(/^v1\t.*\tAda \(token CI\)\tCheaper\n$/);
});

test("with CCO_URL the verbs ask that server, with the same guards, and verify says what it needs", async () => {
  const world = await makeControlWorld();
  onTestFinished(() => world.end());
  await world.publish(rules("claude-sonnet-5-5"));
  await world.publish(rules("claude-haiku-5-5"));
  const owner = await world.person("owner", "Ada");
  const { secret } = await issueAccessToken(owner, { name: "CI", scopes: ["read", "rules"] }, world.deps);
  const shared = globalThis as typeof globalThis & { ccoControlDeps?: unknown };
  shared.ccoControlDeps = Promise.resolve(world.deps);
  const server = await serveRoutes();
  onTestFinished(() => {
    shared.ccoControlDeps = undefined;
    server.close();
  });
  const env = { CCO_URL: server.url, CCO_TOKEN: secret, HOME: scratchFolder() };
  const next = join(scratchFolder(), "next.toml");
  writeFileSync(next, rules("claude-opus-5-5").replace("claude-opus-5-5", "claude-fable-5"));
  const run = (...args: string[]) => ccoHere(["rules", ...args], env);

  expect((await run("list")).stdout).toMatch(/^v2\t.*\nv1\t.*\n$/);
  expect((await run("show", "1")).stdout).toBe(rules("claude-sonnet-5-5"));
  expect((await run("diff")).stdout).toContain('+rules = [["claude-opus-5-5", "claude-haiku-5-5"]]');
  expect(await run("publish", next)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("hint: say it with -m"),
  });
  expect((await run("publish", next, "-m", "x", "--if-version", "1")).code).toBe(5);
  expect(await run("rollback")).toMatchObject({ code: 2, stderr: expect.stringContaining("add -y") });
  expect(await run("rollback", "-y")).toMatchObject({ code: 0, stdout: "v3\n" });
  expect((await run("draft", next)).code).toBe(0);
  expect(await run("off", "-y")).toMatchObject({ code: 0, stdout: "v4\n" });
  expect((await run("list")).stdout).toMatch(/^v4\t.*\tAda \(token CI\)\t/);
  expect(await ccoHere(["verify"], env)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("needs the database itself"),
  });
});

/**
 * Serves the handlers of the console's API for the rules on a port. What `cco run` has in front of them is tried
 * elsewhere.
 */
async function serveRoutes() {
  const handlers: [RegExp, string][] = [
    [/^\/api\/rules$/, "rules"],
    [/^\/api\/rules\/versions$/, "rules/versions"],
    [/^\/api\/rules\/versions\/(?<version>\d+)$/, "rules/versions/[version]"],
    [/^\/api\/rules\/versions\/(?<version>\d+)\/compare$/, "rules/versions/[version]/compare"],
    [/^\/api\/rules\/(?<verb>publish|draft|roll-back|pause|preview)$/, ""],
  ];
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://127.0.0.1");
    const [pattern, folder] = handlers.find(([one]) => one.test(pathname)) ?? [/x/, "none"];
    const params = Promise.resolve({ ...pattern.exec(pathname)?.groups });
    const module = await import(join(process.cwd(), "app/api", folder || pathname.slice(5), "route.ts"));
    const body = request.method === "GET" ? undefined : await text(request);
    const headers = request.headers as Record<string, string>;
    const asked = new Request(`http://127.0.0.1${request.url}`, { method: request.method, headers, body });
    const answer: Response = await module[request.method ?? "GET"](asked, { params });
    response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
