// Long because one started installation serves every command that works on people, keys and costs.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { Readable } from "node:stream";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { finished, runCco } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const OWNER = "owner@example.com";
let folder: string;
let env: Record<string, string>;

/** One installation for all: started once, so that there is a database with an owner. */
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "cco-cli-team-"));
  env = {
    HOME: folder,
    CCO_DATA_DIR: join(folder, "data"),
    CCO_CONFIG: join(folder, "rules.toml"),
    CCO_PORT: "0",
    CCO_INIT_ADMIN_EMAIL: OWNER,
    CCO_INIT_ADMIN_PASSWORD_FILE: join(folder, "password"),
  };
  writeFileSync(env.CCO_INIT_ADMIN_PASSWORD_FILE ?? "", "a long enough pass phrase", { mode: 0o600 });
  writeFileSync(env.CCO_CONFIG ?? "", '[overrides]\nenabled = true\nrules = [["opus", "claude-haiku-5-5"]]\n');
  const cco = runCco(["run", "--no-console"], env);
  await cco.line(/^Override rules loaded: 1$/m);
  await cco.stop();
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const cco = (...args: string[]) => ccoHere(args, env);
const readJson = async (...args: string[]) => JSON.parse((await cco(...args, "--json")).stdout);

describe("cco users", () => {
  test("invites a person, shows the link once, and lists the open invitation", async () => {
    const words = ["users", "invite", "ada@example.com", "--role", "editor"];
    const { code, stdout, stderr } = await ccoHere(words, { ...env, CCO_PORT: "3100" });
    const team = await readJson("users", "list");

    expect(code).toBe(0);
    expect(stdout).toMatch(/^http:\/\/localhost:3100\/invite\/\S{20,}\n$/);
    expect(stderr).toContain("it opens on this machine only: set CCO_PUBLIC_URL");
    expect(stderr).toContain("it is not shown again");
    expect(team).toMatchObject({ schema_version: 1, people: [{ email: OWNER, role: "owner" }] });
    expect(team.invites).toMatchObject([{ email: "ada@example.com", role: "editor" }]);
    expect((await cco("users", "list")).stdout).toMatch(/^owner@example\.com\towner\t/);
  });

  test("keeps the last owner, and names what is missing or unknown", async () => {
    const last = await cco("users", "disable", OWNER);
    const unknown = await cco("users", "role", "unknown@example.com", "viewer");
    const wrong = await cco("users", "role", OWNER, "emperor");
    const word = await cco("users", "invit", "x@example.com");

    expect(last).toMatchObject({ code: 1, stderr: expect.stringContaining("at least one active owner") });
    expect(unknown).toMatchObject({ code: 1, stderr: expect.stringContaining("there is no person") });
    expect(wrong).toMatchObject({ code: 2, stderr: expect.stringContaining("Choose a role") });
    expect(word).toMatchObject({ code: 2, stderr: expect.stringContaining("did you mean cco users invite?") });
  });
});

describe("cco keys", () => {
  test("creates a key whose secret is the only thing on standard output, lists and revokes it", async () => {
    const made = await cco("keys", "create", "CI of docs", "--project", "docs", "--expires", "90", "-q");
    const [key] = (await readJson("keys", "list")).keys;
    expect((await cco("keys", "list")).stdout).toMatch(/\tnever used\n$/);
    const asked = await cco("keys", "revoke", key.id);
    const revoked = await cco("keys", "revoke", key.id, "-y");

    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/^cco_\S+\n$/);
    expect(key).toMatchObject({ name: "CI of docs", project: "docs", person: null, state: "live" });
    expect(asked).toMatchObject({ code: 2, stderr: expect.stringContaining("add -y") });
    expect(revoked.code).toBe(0);
    expect((await readJson("keys", "list")).keys).toEqual([]);
    expect((await readJson("keys", "list", "--all")).keys).toMatchObject([{ id: key.id, state: "revoked" }]);
  });
});

describe("cco token", () => {
  const create = (...args: string[]) => cco("token", "create", "CI", "--user", OWNER, ...args);

  test("creates a token of a person, whose secret is the only thing on standard output, lists and revokes it", async () => {
    const made = await create("--scopes", "read,export", "--expires", "30", "-q");
    const { tokens } = await readJson("token", "list");
    const line = await cco("token", "list");
    const asked = await cco("token", "revoke", tokens[0].id);
    const revoked = await cco("token", "revoke", tokens[0].id, "-y");

    expect(made).toMatchObject({ code: 0, stderr: "" });
    expect(made.stdout).toMatch(/^ccoat_\S+\n$/);
    expect(tokens).toMatchObject([{ name: "CI", scopes: ["read", "export"], state: "live" }]);
    expect(line.stdout).toMatch(/^tok_\S+\tCI\t.*\tread,export\tuntil \d{4}-\d\d-\d\d\n$/);
    expect(line.stdout + JSON.stringify(tokens)).not.toContain(made.stdout.trim());
    expect([asked.code, revoked.code]).toEqual([2, 0]);
    expect((await readJson("token", "list")).tokens).toEqual([]);
    expect((await readJson("token", "list", "--all")).tokens).toMatchObject([{ state: "revoked" }]);
  });

  test("names the person that is missing or unknown, and a scope or a lifetime that is none", async () => {
    expect(await cco("token", "create", "CI")).toMatchObject({ code: 2, stderr: expect.stringContaining("--user") });
    expect(await cco("token", "create", "CI", "--user", "x@example.com")).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("no active person"),
    });
    expect(await create("--scopes", "everything")).toMatchObject({
      code: 2,
      stderr: expect.stringContaining("Choose"),
    });
    expect(await create("--expires", "soon")).toMatchObject({ code: 2 });
  });
});

describe("cco test", () => {
  test("says what the live rules do with a request, and why", async () => {
    const { code, stdout } = await cco("test", "claude-opus-5-5", "--project", "docs");

    expect(code).toBe(0);
    expect(stdout).toMatch(/claude-haiku-5-5/);
    expect(stdout).toMatch(/^✓ line 3: opus → claude-haiku-5-5/m);
    expect(await readJson("test", "claude-haiku-5-5")).toMatchObject({ schema_version: 1, decision: { kind: "pass" } });
  });

  test("refuses a person that is not known, and takes a model that is not", async () => {
    expect(await cco("test", "opus", "--user", "x@example.com")).toMatchObject({
      code: 1,
      stdout: "",
      stderr: "error: there is no person x@example.com\nhint: cco users list shows them\n",
    });
    expect((await cco("test", "opus", "--user", OWNER)).code).toBe(0);
    expect((await cco("test", "claude-next-9-9")).code).toBe(0);
  });
});

describe("cco export", () => {
  test("writes the costs of a range as CSV, into a file whole or not at all", async () => {
    const file = join(scratchFolder(), "costs.csv");
    const screen = await cco("export", "--range", "7d", "--group-by", "project");
    const written = await cco("export", "--range", "7d", "--group-by", "project", "-o", file);
    const nowhere = await cco("export", "-o", "/nonexistent/costs.csv");

    expect(screen.stdout).toMatch(/^\uFEFF?project,/);
    expect(written.code).toBe(0);
    expect(readFileSync(file, "utf8")).toBe(screen.stdout);
    expect(nowhere).toMatchObject({ code: 1, stderr: expect.stringContaining("cannot be written") });
  });

  test("ends quietly when its reader has read enough, and with an error when its output cannot be written", () => {
    const shell = (command: string) =>
      spawnSync("bash", ["-o", "pipefail", "-c", command], { env: { ...process.env, ...env }, encoding: "utf8" });
    const cut = shell("node bin/cco.mjs export --range 7d | true");
    const full = shell("node bin/cco.mjs export --range 7d > /dev/full");

    expect(cut).toMatchObject({ status: 0, stderr: "" });
    expect(full).toMatchObject({
      status: 1,
      stderr: expect.stringMatching(/^error: the output cannot be written \(ENOSPC\)\n/),
    });
  });

  test("refuses ranges that are none, and half of a pair", async () => {
    expect(await cco("export", "--range", "sometime")).toMatchObject({ code: 2 });
    expect(await cco("export", "--from", "2026-10-01")).toMatchObject({ code: 2 });
  });
});

/** Megabytes of white space, for ever. */
function* spaces() {
  const megabyte = Buffer.alloc(1024 * 1024, " ");
  for (;;) yield megabyte;
}

async function serve(listener: RequestListener): Promise<string> {
  const server = createServer(listener).listen(0, "127.0.0.1");
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once("listening", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

describe("a command with CCO_URL", () => {
  test("lists a person's own keys where the token may not see those of others", async () => {
    const CCO_URL = await serve((request, response) => {
      const isOwn = request.url?.endsWith("scope=own") === true;
      response.writeHead(isOwn ? 200 : 403, { "content-type": "application/json" }).end('{"keys":[],"error":"no"}');
    });

    expect(await ccoHere(["keys", "list", "--json"], { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" })).toMatchObject({
      code: 0,
      stdout: '{"schema_version":1,"keys":[]}\n',
    });
  });

  test("ends with 6 and leaves the file alone when an export breaks off", async () => {
    const file = join(folder, "kept.csv");
    writeFileSync(file, "from before");
    const CCO_URL = await serve((_request, response) => {
      response
        .writeHead(200, { "content-type": "text/csv", "content-length": "1000" })
        .write("project,cost\n", () => response.destroy());
    });
    const run = await finished(["export", "-o", file], { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" });

    expect(run).toMatchObject({ code: 6, stderr: expect.stringContaining("broke off") });
    expect(readFileSync(file, "utf8")).toBe("from before");
  });

  test("refuses an address that is none, and a version of the rules that is none", async () => {
    expect(await ccoHere(["users", "list"], { ...env, CCO_URL: "cco", CCO_TOKEN: "ccoat_x" })).toMatchObject({
      code: 2,
    });
    expect(await cco("test", "opus", "--version", "newest")).toMatchObject({ code: 2 });
  });

  test("asks that server with its token, and repeats its refusal", async () => {
    const asked: string[] = [];
    const CCO_URL = await serve((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`);
      const isList = request.method === "GET";
      response.writeHead(isList ? 200 : 403, { "content-type": "application/json" });
      response.end(isList ? '{"keys":[]}' : '{"error":"Only admins issue keys.","code":"FORBIDDEN"}');
    });
    const remote = { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" };

    expect(await ccoHere(["keys", "list", "--json"], remote)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('"keys":[]'),
    });
    expect(await ccoHere(["keys", "create", "x"], remote)).toMatchObject({
      code: 4,
      stderr: expect.stringContaining("Only admins issue keys."),
    });
    expect(asked).toEqual(["GET /api/keys?scope=all Bearer ccoat_x", "POST /api/keys Bearer ccoat_x"]);
  });

  test("says an error as one line of JSON with --json, with the server's own code and its page", async () => {
    const CCO_URL = await serve((_request, response) => {
      response.writeHead(409, { "content-type": "application/json", link: '</errors/team.last-owner>; rel="help"' });
      response.end('{"error":"The last \u009b2J owner stays.","code":"CONFLICT","details":{}}');
    });
    const remote = await ccoHere(["users", "list", "--json"], { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" });
    const local = await cco("users", "role", OWNER, "emperor", "--json");
    const flag = await cco("users", "list", "--json", "--rloe", "x");
    const command = await cco("user", "--json");

    expect([remote.stdout, local.stdout, flag.stdout, command.stdout]).toEqual(["", "", "", ""]);
    expect([remote.code, local.code, flag.code, command.code]).toEqual([1, 2, 2, 2]);
    expect([remote, local, flag, command].map(({ stderr }) => JSON.parse(stderr))).toEqual([
      {
        schema_version: 1,
        error: {
          code: "team.last-owner",
          message: "The last \ufffd2J owner stays.",
          fix: null,
          url: `${CCO_URL}errors/team.last-owner`,
        },
      },
      {
        schema_version: 1,
        error: { code: "request.invalid", message: expect.stringContaining("Choose a role"), fix: null, url: null },
      },
      {
        schema_version: 1,
        error: { code: "usage", message: expect.any(String), fix: "did you mean --role?", url: null },
      },
      {
        schema_version: 1,
        error: { code: "usage", message: 'there is no command "user"', fix: "did you mean cco users?", url: null },
      },
    ]);
  });

  test.each([
    ["a page", "text/html", "<title>Sign in to the network</title>"],
    ["another program's JSON", "application/json", "{}"],
    ["JSON that breaks off", "application/json", '{"people":['],
    ["an answer without an end", "application/json", null],
  ])("takes %s for no answer of CCO, whichever command asks", async (_, type, body) => {
    const CCO_URL = await serve((_request, response) => {
      response.writeHead(200, { "content-type": type });
      if (body !== null) response.end(body);
      else Readable.from(spaces()).pipe(response);
    });
    const remote = { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" };
    const asking = [
      ["users", "list"],
      ["keys", "create", "x"],
      ["test", "opus"],
      ["logs"],
      ["cost"],
      ["token", "list"],
    ];
    for (const args of [...asking, ["rules", "list"], ...(body === null ? [] : [["export"], ["cost", "--csv"]])])
      expect(await ccoHere(args, remote), args.join(" ")).toMatchObject({
        code: 6,
        stdout: "",
        stderr: expect.stringContaining("is not CCO"),
      });
  });

  test.each([
    ["a page of another program", 404, {}, "<h1>Not Found</h1>", 6, "is not CCO: it answers 404", "look at CCO_URL"],
    [
      "a token that is refused",
      401,
      { link: '</errors/auth.required>; rel="help"' },
      '{"error":"Sign in first."}',
      4,
      "refuses the access token of CCO_TOKEN: Sign in first.",
      "create another",
    ],
  ])("says what to do about %s", async (_, status, headers, body, code, says, fix) => {
    const CCO_URL = await serve((_request, response) => void response.writeHead(status, headers).end(body));
    for (const args of [["rules", "list"], ["keys", "list"], ["cost"], ["export"]]) {
      const said = await ccoHere(args, { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" });
      expect([args, said.code, said.stderr]).toEqual([args, code, expect.stringContaining(says)]);
      expect(said.stderr).toMatch(new RegExp(`\nhint: .*${fix}`));
    }
  });

  test("sends no token to where a server points", async () => {
    const reached: string[] = [];
    const other = await serve((request, response) => {
      reached.push(`${request.url}`);
      response.end("{}");
    });
    const CCO_URL = await serve((_request, response) => void response.writeHead(307, { location: other }).end());
    for (const args of [["logs", "-f"], ["cost"], ["token", "list"], ["rules", "show"], ["export"]])
      expect(await ccoHere(args, { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" }), args.join(" ")).toMatchObject({
        code: 6,
        stderr: expect.stringContaining("is not CCO: it answers 307"),
      });
    expect(reached).toEqual([]);
  });

  test("prints no character that a terminal obeys, and one line for each person", async () => {
    const person = { id: "per_1", email: "a@x\n\u001b]0;title\u0007", role: "viewer\u001b[2J", disabledAt: null };
    const people = [{ ...person, name: "Mal\u009b2Jlory\u0085owner", lastSignInAt: null }];
    const CCO_URL = await serve((request, response) => {
      const isList = request.method === "GET";
      response.writeHead(isList ? 200 : 400, { "content-type": "application/json" });
      response.end(JSON.stringify(isList ? { people, invites: [] } : { error: "no \u001b[2J way" }));
    });
    const remote = { ...env, CCO_URL, CCO_TOKEN: "ccoat_x" };
    const list = await ccoHere(["users", "list"], remote);
    const refused = await ccoHere(["keys", "create", "x"], remote);

    expect(list.stdout).toBe(
      "a@x\ufffd\ufffd]0;title\ufffd\tviewer\ufffd[2J\tMal\ufffd2Jlory\ufffdowner\tnever signed in\n",
    );
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("no \ufffd[2J way") });
  });

  test("changes nothing here when the token is missing, and ends with 6 when the server does not answer", async () => {
    const half = await ccoHere(["keys", "create", "x"], { ...env, CCO_URL: "http://127.0.0.1:1" });
    const away = await ccoHere(["users", "list"], { ...env, CCO_URL: "http://127.0.0.1:1", CCO_TOKEN: "ccoat_x" });

    expect(half).toMatchObject({ code: 4, stderr: expect.stringContaining("CCO_TOKEN is not") });
    expect(away.code).toBe(6);
    expect((await readJson("keys", "list")).keys).toEqual([]);
  });
});
