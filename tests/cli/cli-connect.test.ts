import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative } from "node:path";
import { describe, expect, onTestFinished, test } from "vitest";
import { startMock } from "#mock/server.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

const URL_FLAGS = ["--url", "https://cco.example.com", "--no-check"];
const KEY = "cco_0123456789abcdefghij";

function account(settings?: string) {
  const home = scratchFolder();
  const file = join(home, ".claude", "settings.json");
  if (settings !== undefined) {
    mkdirSync(join(home, ".claude"));
    writeFileSync(file, settings);
  }
  return { home, file, read: () => JSON.parse(readFileSync(file, "utf8")) as unknown };
}

const connect = (home: string, args: string[], env: Record<string, string> = {}) =>
  ccoHere(["connect", "claude", ...args], { HOME: home, ...env });

describe("cco connect claude", () => {
  test("adds the address and the key, keeps every other setting, and puts back what was there", async () => {
    const before = { model: "opus", env: { ANTHROPIC_BASE_URL: "https://old.example", DEBUG: "1" }, hooks: { a: [1] } };
    const { home, file, read } = account(JSON.stringify(before));
    const { code, stdout } = await connect(home, URL_FLAGS, { CCO_PROXY_KEY: KEY });
    const after = read();
    const undone = await connect(home, ["--undo"]);

    expect(code).toBe(0);
    expect(stdout).toContain("env.ANTHROPIC_BASE_URL: https://old.example → https://cco.example.com");
    expect(stdout).not.toContain(KEY);
    expect(after).toEqual({
      ...before,
      env: { ...before.env, ANTHROPIC_BASE_URL: "https://cco.example.com", ANTHROPIC_AUTH_TOKEN: KEY },
    });
    expect(undone.code).toBe(0);
    expect(read()).toEqual(before);
    expect(readdirSync(join(file, ".."))).toEqual(["settings.json"]);
  });

  test("puts back the oldest values after two connections, and leaves alone what was changed since", async () => {
    const { home, file, read } = account('{"env":{"ANTHROPIC_BASE_URL":"https://old.example"}}');
    await connect(home, ["--url", "https://one.example", "--no-check"]);
    await connect(home, ["--url", "https://two.example", "--no-check"], { CCO_PROXY_KEY: KEY });
    const both = read() as { env: Record<string, string> };
    writeFileSync(file, JSON.stringify({ env: { ...both.env, ANTHROPIC_AUTH_TOKEN: "my own" } }));
    await connect(home, ["--undo"]);

    expect(both.env.ANTHROPIC_BASE_URL).toBe("https://two.example");
    expect(read()).toEqual({ env: { ANTHROPIC_BASE_URL: "https://old.example", ANTHROPIC_AUTH_TOKEN: "my own" } });
  });

  test("takes what a person put in place of its values since as what was there before", async () => {
    const { home, file, read } = account();
    await connect(home, [...URL_FLAGS, "--statusline"]);
    const mine = {
      env: { ANTHROPIC_BASE_URL: "https://mine.example" },
      statusLine: { type: "command", command: "mine" },
    };
    writeFileSync(file, JSON.stringify(mine));
    await connect(home, [...URL_FLAGS, "--statusline"]);
    await connect(home, ["--undo"]);
    const undone = read();
    await connect(home, URL_FLAGS);
    writeFileSync(file, "{}");
    await connect(home, URL_FLAGS);
    await connect(home, ["--undo"]);

    expect(undone).toEqual(mine);
    expect(read()).toEqual({});
  });

  test("refuses with --undo the flags that say how to connect, and changes nothing", async () => {
    const { home, read } = account("{}");
    await connect(home, URL_FLAGS);
    const before = read();
    for (const flags of [URL_FLAGS, ["--statusline"], ["--no-check"], ["--key-file", "/nowhere"]]) {
      const { code, stderr } = await connect(home, ["--undo", ...flags]);
      expect([code, stderr]).toEqual([2, expect.stringContaining("--undo reads no --")]);
    }
    expect(read()).toEqual(before);
  });

  test("takes nothing from a file beside the settings that it did not write", async () => {
    const { home, file, read } = account('{"env":{"DEBUG":"1"}}');
    writeFileSync(`${file}.before-cco`, '{"before":"x","set":[1]}');
    const { code, stdout } = await connect(home, ["--undo"]);

    expect([code, stdout]).toEqual([0, `${file}\n`]);
    expect(read()).toEqual({ env: { DEBUG: "1" } });
  });

  test("refuses an address with a password and does not print it", async () => {
    const { home, file } = account();
    const url = "https://ada:hunter2@cco.example.com";
    const runs = [
      await connect(home, ["--url", url]),
      await ccoHere(["status"], { HOME: home, CCO_URL: url }),
      await ccoHere(["keys", "list"], { HOME: home, CCO_URL: url.replace("https", "htps"), CCO_TOKEN: "x" }),
    ];

    for (const { code, stdout, stderr } of runs) {
      expect([code, stderr]).toEqual([2, expect.stringContaining("with a name or a password in it cannot be used")]);
      expect(stdout + stderr).not.toContain("hunter2");
    }
    expect(existsSync(file)).toBe(false);
  });

  test("writes nothing with --dry-run, and makes a new file readable by this user only", async () => {
    const { home, file } = account();
    await connect(home, [...URL_FLAGS, "--dry-run"]);
    const wasWritten = existsSync(file);
    await connect(home, URL_FLAGS);

    expect(wasWritten).toBe(false);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test("writes through a symbolic link, to a file or to where none is yet, and leaves the link with --undo", async () => {
    const { home, file } = account();
    const dotfiles = scratchFolder();
    mkdirSync(join(home, ".claude"));
    symlinkSync(relative(dirname(file), join(dotfiles, "link.json")), file);
    symlinkSync("settings.json", join(dotfiles, "link.json"));
    const target = join(dotfiles, "settings.json");
    for (const before of ['{"model":"opus"}', null]) {
      if (before === null) rmSync(target);
      else writeFileSync(target, before);
      await connect(home, URL_FLAGS);
      const written = JSON.parse(readFileSync(target, "utf8"));
      const { code } = await connect(home, ["--undo"]);

      expect(written).toMatchObject({ env: { ANTHROPIC_BASE_URL: "https://cco.example.com" } });
      expect([code, lstatSync(file).isSymbolicLink()]).toEqual([0, true]);
      expect(existsSync(target) ? JSON.parse(readFileSync(target, "utf8")) : null).toEqual(
        JSON.parse(before ?? "null"),
      );
    }
    expect(readdirSync(dotfiles)).toEqual(["link.json"]);
  });

  test("closes a file that gets the key to others and says so, and keeps the mode of one that gets none", async () => {
    const { home, file } = account("{}");
    chmodSync(file, 0o664);
    const without = await connect(home, URL_FLAGS);
    const modeWithout = statSync(file).mode & 0o777;
    const withKey = await connect(home, URL_FLAGS, { CCO_PROXY_KEY: KEY });

    expect([modeWithout, statSync(file).mode & 0o777]).toEqual([0o664, 0o600]);
    expect(without.stderr).not.toContain("0600");
    expect(withKey.stderr).toContain("its mode is 0600");
    expect(statSync(`${file}.before-cco`).mode & 0o777).toBe(0o600);
  });

  test("asks with the key as Claude Code does, and says that it is taken", async () => {
    const mock = await startMock({ record: false });
    onTestFinished(() => mock.close());
    const { home } = account();
    const taken = await connect(home, ["--url", mock.url], { CCO_PROXY_KEY: KEY });
    const refused = await connect(home, ["--url", mock.url], { CCO_PROXY_KEY: "cco_invalid" });

    expect(taken).toMatchObject({ code: 0, stderr: expect.stringMatching(/✓ .* answers/) });
    expect(refused).toMatchObject({ code: 4, stderr: expect.stringContaining("is this your proxy key?") });
  });

  test("removes with --undo the file that it made, but not one with another setting in it", async () => {
    const { home, file, read } = account();
    await connect(home, URL_FLAGS);
    await connect(home, ["--undo"]);
    const left = readdirSync(join(file, ".."));
    await connect(home, URL_FLAGS);
    writeFileSync(file, JSON.stringify({ ...(read() as object), model: "opus" }));
    await connect(home, ["--undo"]);

    expect(left).toEqual([]);
    expect(read()).toEqual({ model: "opus" });
  });

  test("leaves an empty settings file that was there before", async () => {
    const { home, read } = account("{}");
    await connect(home, URL_FLAGS);
    await connect(home, ["--undo"]);

    expect(read()).toEqual({});
  });

  test("writes the status line with --statusline, as a command that runs, and puts back the one from before", async () => {
    const before = { statusLine: { type: "command", command: "mine" } };
    const { home, file, read } = account(JSON.stringify(before));
    await connect(home, URL_FLAGS);
    const without = read();
    await connect(home, [...URL_FLAGS, "--statusline"]);
    const { statusLine } = read() as { statusLine: { type: string; command: string } };
    const ran = spawnSync("sh", ["-c", statusLine.command], { input: "{}", encoding: "utf8" });
    await connect(home, ["--undo"]);
    const undone = read();
    await connect(home, [...URL_FLAGS, "--statusline"]);
    writeFileSync(file, JSON.stringify({ statusLine: { type: "command", command: "other" } }));
    await connect(home, ["--undo"]);

    expect(without).toMatchObject(before);
    expect(statusLine).toMatchObject({ type: "command", command: expect.stringMatching(/statusline$/) });
    expect(ran).toMatchObject({ status: 0, stdout: "", stderr: "" });
    expect(undone).toEqual(before);
    expect(read()).toEqual({ statusLine: { type: "command", command: "other" } });
  });

  test.each([
    ['{"env": {,}}', "is not a JSON object"],
    ['{"env": {"A": "1", "A": "2"}}', "names env.A twice"],
  ])("refuses the settings file %s and leaves it byte for byte", async (text, problem) => {
    const { home, file } = account(text);

    expect(await connect(home, URL_FLAGS)).toMatchObject({ code: 1, stderr: expect.stringContaining(problem) });
    expect(readFileSync(file, "utf8")).toBe(text);
  });

  test("puts no key into a file for all accounts, and refuses scopes it does not know", async () => {
    const { home } = account();
    const managed = await connect(home, [...URL_FLAGS, "--scope", "managed"], { CCO_PROXY_KEY: KEY });
    const project = await connect(home, [...URL_FLAGS, "--scope", "project"]);

    expect(managed).toMatchObject({ code: 2, stderr: expect.stringContaining("takes no key") });
    expect(project).toMatchObject({ code: 2, stderr: expect.stringContaining("use user, local, managed") });
  });

  test("ends with 6 when the address does not answer, with the settings written", async () => {
    const { home, file } = account();
    const { code, stderr } = await connect(home, ["--url", "http://127.0.0.1:1"]);

    expect(code).toBe(6);
    expect(stderr).toContain("does not answer");
    expect(existsSync(file)).toBe(true);
  });
});
