import { execFileSync, spawn } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readConsoleEnv } from "./read-console-env.ts";
import { readProxyEnv } from "./read-env.ts";

const folder = mkdtempSync(join(tmpdir(), "cco-env-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function settings(env: Record<string, string>) {
  const reading = readProxyEnv(env);
  if (!reading.ok) throw new Error(reading.mistakes.map(({ message }) => message).join("; "));
  return reading.settings;
}

function mistakes(env: Record<string, string>): string[] {
  const reading = readProxyEnv(env);
  return reading.ok ? [] : reading.mistakes.map(({ variable }) => variable);
}

describe("readProxyEnv", () => {
  it("reads a safe default for every variable", () => {
    expect(settings({})).toMatchObject({
      port: 3000,
      host: "127.0.0.1",
      loopback: true,
      requireKey: false,
      operatorKey: null,
      consoleUrl: null,
      logLevel: "info",
      workers: 1,
      shutdownTimeoutMs: 30_000,
    });
    expect(settings({}).upstreamUrl.href).toBe("https://api.anthropic.com/");
    expect(settings({ CCO_DATA_DIR: "/d" }).databaseUrl).toBe("file:/d/cco.db");
  });

  it("requires proxy keys off this machine unless CCO_REQUIRE_KEY says otherwise", () => {
    expect(settings({ CCO_HOST: "0.0.0.0" }).requireKey).toBe(true);
    expect(settings({ CCO_HOST: "0.0.0.0", CCO_REQUIRE_KEY: "0" }).requireKey).toBe(false);
    expect(settings({ CCO_REQUIRE_KEY: "1" }).requireKey).toBe(true);
    expect(settings({ CCO_REQUIRE_KEY: "0" }).requireForwardedKey).toBe(false);
    for (const [outside, env] of [
      [false, {}],
      [false, { CCO_PUBLIC_URL: "http://localhost:3000", CCO_ALLOWED_HOSTS: "127.0.0.1:3000, [::1]:3000" }],
      [true, { CCO_PUBLIC_URL: "https://cco.example.com" }],
      [true, { CCO_ALLOWED_HOSTS: "localhost, cco.example.com:8443" }],
    ] as const) {
      const { requireKey, requireForwardedKey, isOwnMachineOnly } = settings(env);
      expect(requireForwardedKey).toBe(true);
      expect([requireKey, isOwnMachineOnly], JSON.stringify(env)).toEqual([outside, !outside]);
    }
    expect(mistakes({ CCO_HOST: "0.0.0.0", CCO_REQUIRE_KEY: "0", ANTHROPIC_API_KEY: "sk" })).toEqual([
      "CCO_REQUIRE_KEY",
    ]);
  });

  it("reads a secret from a file that only this user may read", () => {
    const file = join(folder, "key");
    writeFileSync(file, "sk-ant-1\n", { mode: 0o600 });

    expect(settings({ ANTHROPIC_API_KEY_FILE: file }).operatorKey).toBe("sk-ant-1");
    expect(mistakes({ ANTHROPIC_API_KEY_FILE: file, ANTHROPIC_API_KEY: "sk" })).toEqual(["ANTHROPIC_API_KEY"]);
  });

  it.each([0o620, 0o602, 0o666, 0o662])("refuses a secret file of mode %o, which others may write", (mode) => {
    const file = join(folder, `writable-${mode}`);
    writeFileSync(file, "sk-ant-1\n");
    chmodSync(file, mode);

    const reading = readProxyEnv({ ANTHROPIC_API_KEY_FILE: file });

    expect(reading.ok ? [] : reading.mistakes).toEqual([
      expect.objectContaining({ variable: "ANTHROPIC_API_KEY_FILE", isPermission: true }),
    ]);
    expect(JSON.stringify(reading)).not.toContain("sk-ant-1");
  });

  it.each([0o640, 0o604, 0o444, 0o440])("takes a secret file of mode %o with a warning that names it", (mode) => {
    const file = join(folder, `readable-${mode}`);
    writeFileSync(file, "sk-ant-1\n");
    chmodSync(file, mode);

    const { operatorKey, warnings } = settings({ ANTHROPIC_API_KEY_FILE: file });

    expect(operatorKey).toBe("sk-ant-1");
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${file}`)]);
  });

  it.each([
    [0o777, 1],
    [0o1777, 0],
    [0o775, 0],
  ])("warns of a secret file whose folder has mode %o, so that all users may replace it: %i warning", (mode, count) => {
    const place = mkdtempSync(join(folder, "open-"));
    writeFileSync(join(place, "key"), "sk-ant-1\n", { mode: 0o600 });
    chmodSync(place, mode);

    const { warnings } = settings({ ANTHROPIC_API_KEY_FILE: join(place, "key") });

    expect(warnings).toEqual(Array(count).fill(expect.stringContaining(`chmod o-w ${place}`)));
  });

  it("quotes the path of a secret file in the command that it prints", () => {
    const place = mkdtempSync(join(folder, "my keys-"));
    const file = join(place, "key");
    writeFileSync(file, "sk-ant-1\n");
    chmodSync(file, 0o644);
    const found = [settings({ ANTHROPIC_API_KEY_FILE: file }).warnings];
    chmodSync(place, 0o777);
    found.push(settings({ ANTHROPIC_API_KEY_FILE: file }).warnings);
    chmodSync(file, 0o666);
    const refused = readProxyEnv({ ANTHROPIC_API_KEY_FILE: file });

    expect(found).toEqual([
      [expect.stringContaining(`: chmod 600 '${file}'`)],
      [expect.stringContaining(`: chmod o-w '${place}'`)],
    ]);
    expect(JSON.stringify(refused)).toContain(`: chmod 600 '${file}'`);
  });

  it.each([0o400, 0o440, 0o444])("takes a Kubernetes secret of mode %o without a warning", (mode) => {
    const mount = mkdtempSync(join(folder, "mount-"));
    mkdirSync(join(mount, "..2026_11_28"));
    writeFileSync(join(mount, "..2026_11_28", "key"), "sk-ant-1\n");
    chmodSync(join(mount, "..2026_11_28", "key"), mode);
    symlinkSync("..2026_11_28", join(mount, "..data"));
    symlinkSync("..data/key", join(mount, "key"));

    expect(settings({ ANTHROPIC_API_KEY_FILE: join(mount, "key") })).toMatchObject({
      operatorKey: "sk-ant-1",
      warnings: [],
    });
  });

  it("reads the address of the database from a file, and refuses two of them", () => {
    const file = join(folder, "database-url");
    writeFileSync(file, "postgresql://cco:pass word@db/cco\n", { mode: 0o600 });
    expect(settings({ DATABASE_URL_FILE: file }).databaseUrl).toBe("postgresql://cco:pass word@db/cco");
    expect(mistakes({ DATABASE_URL_FILE: file, DATABASE_URL: "file:a.db" })).toEqual(["DATABASE_URL"]);
    expect(readConsoleEnv({ DATABASE_URL_FILE: file, NEXTAUTH_SECRET: "s".repeat(32) }).databaseUrl).toMatch(/@db/);
  });

  it("takes a credential as systemd places it: a regular file of mode 0400 behind a folder of mode 0500", () => {
    const credentials = mkdtempSync(join(folder, "credentials-"));
    writeFileSync(join(credentials, "key"), "sk-ant-1\n", { mode: 0o400 });
    chmodSync(credentials, 0o500);

    expect(settings({ ANTHROPIC_API_KEY_FILE: join(credentials, "key") })).toMatchObject({
      operatorKey: "sk-ant-1",
      warnings: [],
    });
    chmodSync(credentials, 0o700);
  });

  it("refuses a secret that is no regular file, also behind a link, with the variable and the fix, and never waits for it", () => {
    const pipe = join(folder, "pipe");
    execFileSync("mkfifo", ["-m", "600", pipe]);
    const link = join(folder, "link-to-pipe");
    symlinkSync(pipe, link);
    for (const [path, kind] of [
      [pipe, "a pipe"],
      [link, "a pipe"],
      ["/dev/null", "a device"],
      [folder, "a folder"],
    ] as const) {
      // A writer, so that a reader fails this test and does not hang it.
      const writer = kind === "a pipe" ? spawn("sh", ["-c", `printf sk-from-a-pipe > ${pipe}`]) : null;
      const reading = readProxyEnv({ ANTHROPIC_API_KEY_FILE: path });
      writer?.kill();

      const [mistake] = reading.ok ? [] : reading.mistakes;
      expect(mistake?.message).toBe(
        `ANTHROPIC_API_KEY_FILE=${path} is ${kind}, not a file: write the secret to a regular file and name that`,
      );
    }
  });

  it("reads the address of the shared memory, and leaves an invalid one out of its message", () => {
    const url = "rediss://:hunter2@redis.example.com:6380/1";
    expect(settings({ CCO_REDIS_URL: url, NEXTAUTH_SECRET: "s".repeat(32) })).toMatchObject({
      redisUrl: url,
      installationSecret: "s".repeat(32),
    });

    const reading = readProxyEnv({ CCO_REDIS_URL: "http://:hunter2@redis.example.com" });

    expect(reading.ok ? [] : reading.mistakes.map(({ variable }) => variable)).toEqual(["CCO_REDIS_URL"]);
    expect(JSON.stringify(reading)).not.toContain("hunter2");
  });

  it.each([
    ["a name where the number of a database belongs", "redis://:hunter2@r.example.com/cco"],
    ["a negative number", "redis://:hunter2@r.example.com/-1"],
    ["two numbers", "redis://:hunter2@r.example.com/1/2"],
    ["a fraction", "redis://:hunter2@r.example.com/1.5"],
    ["a database in the query", "redis://:hunter2@r.example.com?db=cco"],
    ["a database behind a hash", "redis://:hunter2@r.example.com/#3"],
    ["a password that cannot be decoded", "redis://:hunter2%@r.example.com/0"],
  ])("refuses the address of a shared memory with %s, and shows no part of it", (_, url) => {
    const reading = readProxyEnv({ CCO_REDIS_URL: url });

    expect(reading.ok ? [] : reading.mistakes.map(({ variable }) => variable)).toEqual(["CCO_REDIS_URL"]);
    expect(JSON.stringify(reading)).not.toContain("hunter2");
  });

  it.each(["redis://r.example.com", "redis://r.example.com/", "rediss://u:a%25b@[::1]:6380/15"])(
    "takes %s as the address of a shared memory",
    (url) => {
      expect(settings({ CCO_REDIS_URL: url }).redisUrl).toBe(url);
    },
  );

  it("names every mistake at once", () => {
    const env = {
      CCO_PORT: "70000",
      CCO_LOG_LEVEL: "loud",
      CCO_REPORTING_TZ: "x",
      CCO_PUBLIC_URL: "cco",
      CCO_REQUIRE_KEY: "maybe",
    };

    expect(mistakes(env)).toEqual([
      "CCO_PUBLIC_URL",
      "CCO_REQUIRE_KEY",
      "CCO_PORT",
      "CCO_REPORTING_TZ",
      "CCO_LOG_LEVEL",
    ]);
  });

  it("treats an empty variable as unset", () => {
    expect(settings({ CCO_PORT: "", ANTHROPIC_API_KEY: " ", CCO_CONSOLE_URL: "" })).toMatchObject({
      port: 3000,
      operatorKey: null,
      consoleUrl: null,
    });
  });
});
