// Long because every way in which `cco run` can start or fail is tried with the same helpers.

import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, relative } from "node:path";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { type Mock, startMock } from "#mock/server.ts";
import { openDatabase } from "#store/client.ts";
import { finished, root, runCco } from "#tests/support/run-cco.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";

// The built product is started again and again: on a busy machine that takes a while.

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

const buildEnv = (folder: string, more: Record<string, string> = {}) => ({
  CCO_PORT: "0",
  CCO_DATA_DIR: join(folder, "data"),
  CCO_UPSTREAM_URL: mock.url,
  ...more,
});

function start(env: Record<string, string>, ...args: string[]) {
  const cco = runCco(["run", "--no-console", ...args], env);
  onTestFinished(() => cco.stop());
  return cco;
}

const isGone = (pid: number) => {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
};

describe("cco run", () => {
  test.each(["1", "2"])(
    "prints its address, serves traffic, protects its data and ends with 0 on SIGTERM, CCO_WORKERS=%s",
    async (workers) => {
      const folder = scratchFolder();
      const cco = start(buildEnv(folder, { CCO_WORKERS: workers }));
      const [, address] = await cco.line(/^CCO started on (http:\/\/localhost:\d+)$/m);
      await cco.line(/^Model overrides: enabled$/m);
      await cco.line(/^Override rules loaded: 3$/m);

      const answer = await fetch(`${address}/v1/messages`, {
        method: "POST",
        headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "content-type": "application/json" },
        body: JSON.stringify({
          model: "claude-haiku-5-5",
          max_tokens: 50,
          messages: [{ role: "user", content: "say hi" }],
        }),
      });
      expect(answer.status).toBe(200);
      expect(statSync(join(folder, "data")).mode & 0o777).toBe(0o700);
      expect(statSync(join(folder, "data/session-secret")).mode & 0o777).toBe(0o600);
      const files = readdirSync(join(folder, "data"), { recursive: true, encoding: "utf8" });
      expect(files.length).toBeGreaterThan(5);
      expect(files.filter((name) => (statSync(join(folder, "data", name)).mode & 0o077) !== 0)).toEqual([]);
      cco.child.kill("SIGTERM");
      expect(await cco.ended).toBe(0);
    },
  );

  /** A stream under way in this mood, by the time it is returned. */
  async function openStream(address: string | undefined, mood: string) {
    const answer = await fetch(`${address}/v1/messages`, {
      method: "POST",
      headers: { "x-api-key": "k", "anthropic-version": "2023-06-01", "x-mock-mood": mood },
      body: JSON.stringify({
        model: "claude-haiku-5-5",
        stream: true,
        max_tokens: 50,
        messages: [{ role: "user", content: "say hi" }],
      }),
    });
    return { rest: answer.text().catch(() => "broken") };
  }

  test("finishes open responses when a group signal reaches the proxy twice", async () => {
    const cco = start(buildEnv(scratchFolder()));
    const [, address] = await cco.line(/^CCO started on (\S+)$/m);
    await cco.line(/^Override rules loaded/m);
    const pid = await proxyPid(cco.child.pid ?? 0);
    const { rest } = await openStream(address, "slow-400");

    process.kill(pid, "SIGTERM");
    cco.child.kill("SIGTERM");

    expect(await rest).toContain("event: message_stop");
    expect(await cco.ended).toBe(0);
    expect(cco.stdout() + cco.stderr()).not.toContain("SIGTERM again");
  });

  test("ends open responses on a second signal, records them, and exits with 0", async () => {
    const folder = scratchFolder();
    const cco = start(buildEnv(folder));
    const [, address] = await cco.line(/^CCO started on (\S+)$/m);
    await cco.line(/^Override rules loaded/m);
    const { rest } = await openStream(address, "hang-mid-2");

    cco.child.kill("SIGTERM");
    await eventually(async () => expect((await fetch(`${address}/readyz`)).status).toBe(503));
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // what follows at once would be an echo
    cco.child.kill("SIGTERM");

    expect(await rest).not.toContain("message_stop");
    expect(await cco.ended).toBe(0);
    expect(cco.stdout() + cco.stderr()).toContain("SIGTERM again: open requests are ended now.");
  });

  test("names the signal of a second Ctrl-C, once, though it reaches the proxy from the terminal and from its parent", async () => {
    const cco = start(buildEnv(scratchFolder()));
    const [, address] = await cco.line(/^CCO started on (\S+)$/m);
    await cco.line(/^Override rules loaded/m);
    const pid = await proxyPid(cco.child.pid ?? 0);
    await openStream(address, "hang-mid-2");
    const pressCtrlC = () => [pid, cco.child.pid ?? 0].map((one) => process.kill(one, "SIGINT"));

    pressCtrlC();
    await eventually(async () => expect((await fetch(`${address}/readyz`)).status).toBe(503));
    await new Promise((resolve) => setTimeout(resolve, 1_000)); // what follows at once would be an echo
    pressCtrlC();

    expect(await cco.ended).toBe(0);
    expect((cco.stdout() + cco.stderr()).match(/^SIG.* again.*$/gm)).toEqual([
      "SIGINT again: open requests are ended now.",
    ]);
  });

  test("ends open responses after the seconds of --drain, which wins over CCO_SHUTDOWN_SECONDS", async () => {
    const cco = start(buildEnv(scratchFolder(), { CCO_SHUTDOWN_SECONDS: "3600" }), "--drain", "2s");
    const [, address] = await cco.line(/^CCO started on (\S+)$/m);
    await cco.line(/^Override rules loaded/m);
    const { rest } = await openStream(address, "hang-mid-2");

    cco.child.kill("SIGTERM");

    expect(await rest).not.toContain("message_stop");
    expect(await cco.ended).toBe(0);
  });

  test("refuses a --drain that is no number of seconds with 2", async () => {
    const { code, stderr } = await finished(["run", "--drain", "soon"], buildEnv(scratchFolder()));

    expect([code, stderr]).toEqual([2, expect.stringMatching(/^error: .*CCO_SHUTDOWN_SECONDS.*soon/)]);
  });

  test("restarts the proxy when it dies", async () => {
    const cco = start(buildEnv(scratchFolder(), { CCO_PORT: String(await freePort()) }));
    const [, address] = await cco.line(/^CCO started on (\S+)$/m);
    await cco.line(/^Override rules loaded/m);
    const pid = await proxyPid(cco.child.pid ?? 0);

    process.kill(pid, "SIGKILL");

    await eventually(async () => {
      expect(cco.stderr()).toContain("The proxy exited (SIGKILL); restarting");
      expect((await fetch(`${address}/health`)).status).toBe(200);
    });
    expect(await proxyPid(cco.child.pid ?? 0)).not.toBe(pid);
  });

  test("leaves no process behind after SIGKILL", async () => {
    const cco = start(buildEnv(scratchFolder()));
    await cco.line(/^Override rules loaded/m);
    const pid = await proxyPid(cco.child.pid ?? 0);

    cco.child.kill("SIGKILL");

    await eventually(() => expect(isGone(pid)).toBe(true));
  });

  test("creates the first owner from the environment, once", async () => {
    const folder = scratchFolder();
    const passwordFile = join(folder, "password");
    writeFileSync(passwordFile, "seven lanterns over the harbour\n", { mode: 0o600 });
    const env = buildEnv(folder, {
      CCO_INIT_ADMIN_EMAIL: "Owner@Example.com",
      CCO_INIT_ADMIN_PASSWORD_FILE: passwordFile,
    });
    for (const _start of [1, 2]) {
      const cco = start(env);
      await cco.line(/^Override rules loaded/m);
      await cco.stop();
      expect(cco.stdout()).not.toContain("First run");
    }
    const db = await openDatabase(`file:${join(folder, "data/cco.db")}`);
    const people = await db.person.findMany({ select: { email: true, role: true } });
    await db.$disconnect();
    expect(people).toEqual([{ email: "owner@example.com", role: "owner" }]);
  });
});

describe("cco run with a fatal start error", () => {
  test("exits with 98 for a port in use and touches nothing", async () => {
    const server = createServer().listen(0, "127.0.0.1");
    onTestFinished(() => void server.close());
    await eventually(() => expect(server.listening).toBe(true));
    const port = String((server.address() as AddressInfo).port);
    const folder = scratchFolder();

    const { code, stdout, stderr } = await finished(["run", "--port", port], buildEnv(folder));

    expect([code, stdout]).toEqual([98, ""]);
    expect(stderr).toBe(
      `error: port ${port} on 127.0.0.1 is in use\nhint: stop the other program, or choose another port with --port\n`,
    );
    expect(existsSync(join(folder, "data"))).toBe(false);
  });

  test("exits with 73 where the folder of a new SQLite file is not there, and makes none", async () => {
    const folder = scratchFolder();
    const away = join(folder, "nothere", "deep");

    const { code, stderr } = await finished(
      ["run", "--no-console", "--port", "0"],
      buildEnv(folder, { DATABASE_URL: `file:${join(away, "x.db")}` }),
    );

    expect([code, stderr]).toEqual([73, expect.stringContaining(`The folder ${away} of the SQLite file`)]);
    expect(existsSync(join(folder, "nothere"))).toBe(false);
  });

  test("exits with 73 where the database is a link to a folder that is not there", async () => {
    const folder = scratchFolder();
    const away = join(folder, "nothere");
    mkdirSync(join(folder, "data"));
    symlinkSync(join(away, "cco.db"), join(folder, "data", "cco.db"));

    const { code, stderr } = await finished(["run", "--no-console", "--port", "0"], buildEnv(folder));

    expect([code, stderr]).toEqual([
      73,
      expect.stringContaining(`The folder ${away} of the SQLite file ${join(folder, "data", "cco.db")} does not exist`),
    ]);
    expect(existsSync(away)).toBe(false);
  });

  test("exits with 3 for broken rules, with file, line and column", async () => {
    const folder = scratchFolder();
    const file = join(folder, "rules.toml");
    writeFileSync(file, "[overrides]\nenabled = maybe\n");

    const { code, stdout, stderr } = await finished(["run", "--no-console", "--config", file], buildEnv(folder));

    expect([code, stdout]).toEqual([3, ""]);
    expect(stderr).toMatch(/rules\.toml:2:\d+/);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).not.toMatch(/\n {4}at /);
  });

  test("exits with 3 for invalid settings and names every one", async () => {
    const env = buildEnv(scratchFolder(), { CCO_REPORTING_TZ: "Mars/Olympus", CCO_LOG_LEVEL: "loud" });

    const { code, stderr } = await finished(["run"], env);

    expect(code).toBe(3);
    expect(stderr).toContain("CCO_REPORTING_TZ");
    expect(stderr).toContain("CCO_LOG_LEVEL");
  });

  test("exits with 73 when the data folder cannot be created", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "file"), "");

    const { code, stderr } = await finished(["run"], buildEnv(folder, { CCO_DATA_DIR: join(folder, "file/data") }));

    expect(code).toBe(73);
    expect(stderr).toMatch(
      /^error: cannot create the data folder .* \(ENOTDIR\): .* is a file\nhint: correct its path, .* CCO_DATA_DIR\n$/,
    );
  });

  test("exits with 69 for a database of a newer release", async () => {
    const folder = scratchFolder();
    const cco = start(buildEnv(folder));
    await cco.line(/^Override rules loaded/m);
    await cco.stop();
    const db = await openDatabase(`file:${join(folder, "data/cco.db")}`);
    await db.$executeRawUnsafe(
      `INSERT INTO "_prisma_migrations" ("id","checksum","finished_at","migration_name","started_at","applied_steps_count") VALUES ('x','y',CURRENT_TIMESTAMP,'29990101000000_future',CURRENT_TIMESTAMP,1)`,
    );
    await db.$disconnect();

    const { code, stderr } = await finished(["run", "--no-console"], buildEnv(folder));

    expect(code).toBe(69);
    expect(stderr).toMatch(/^error: .*newer CCO.*29990101000000_future/);
  });

  test("exits with 69 for a damaged database without kept state, with the fix", async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "data"));
    writeFileSync(join(folder, "data/cco.db"), "this is no database ".repeat(500));

    const { code, stderr } = await finished(["run", "--no-console"], buildEnv(folder));

    expect(code).toBe(69);
    expect(stderr).toMatch(/^error: The SQLite file .*cco\.db is damaged .*move it and its -wal and -shm files aside/);
    expect(stderr).not.toContain("DATABASE_URL");
    expect(stderr.trim().split("\n")).toHaveLength(1);
  });

  test("exits with 3 for a weak first password, with the reason", async () => {
    const folder = scratchFolder();
    mkdirSync(join(folder, "secrets"));
    const file = join(folder, "secrets/password");
    writeFileSync(file, "password\n");
    chmodSync(file, 0o600);
    const env = buildEnv(folder, { CCO_INIT_ADMIN_EMAIL: "a@example.com", CCO_INIT_ADMIN_PASSWORD_FILE: file });

    const { code, stderr } = await finished(["run"], env);

    expect(code).toBe(3);
    expect(stderr).toMatch(/^error: the first owner could not be created: /);
  });
});

test("the console's environment never contains the upstream key", async () => {
  const { consoleEnv, readRunSettings } = await import("#cli/run-settings.ts");
  const { parseArguments } = await import("#cli/arguments.ts");
  process.env.ANTHROPIC_API_KEY = "sk-ant-secret";
  onTestFinished(() => {
    delete process.env.ANTHROPIC_API_KEY;
  });
  const parsed = parseArguments([], {}, "run");
  if (parsed === null) throw new Error("no help was asked for");

  const env = consoleEnv(readRunSettings(parsed), 4000, "http://localhost:3000");

  expect(JSON.stringify(env)).not.toContain("sk-ant-secret");
  expect(env).toMatchObject({ CCO_HAS_OPERATOR_KEY: "1", HOSTNAME: "127.0.0.1", PORT: "4000" });
});

test("the console finds the files of its secrets, though it runs in another folder", async () => {
  const { consoleEnv, readRunSettings } = await import("#cli/run-settings.ts");
  const { parseArguments } = await import("#cli/arguments.ts");
  const file = join(scratchFolder(), "smtp-url");
  writeFileSync(file, "smtp://mail.example.com", { mode: 0o600 });
  Object.assign(process.env, { CCO_SMTP_URL_FILE: relative(process.cwd(), file), CCO_SMTP_FROM: "cco@example.com" });
  onTestFinished(() => {
    delete process.env.CCO_SMTP_URL_FILE;
    delete process.env.CCO_SMTP_FROM;
  });
  const parsed = parseArguments([], {}, "run");
  if (parsed === null) throw new Error("no help was asked for");

  const env = consoleEnv(readRunSettings(parsed), 4000, "http://localhost:3000");

  expect(env.CCO_SMTP_URL_FILE).toBe(file);
});

/** The proxy is the only child that runs `dist/proxy.mjs`. */
const proxyPid = (parent: number) =>
  eventually(() => {
    const children = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ").filter(Boolean);
    const found = children.find((pid) =>
      readFileSync(`/proc/${pid}/cmdline`, "utf8").includes(join(root, "dist/proxy.mjs")),
    );
    if (found === undefined) throw new Error("no proxy yet");
    return Number(found);
  });

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
