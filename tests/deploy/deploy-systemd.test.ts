import { spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { KILL_AFTER_HARD_STOP_MS, LAST_CHILD_WITHIN_MS } from "#cli/supervisor.ts";
import { INTEGER_BOUNDS } from "#config/environment.ts";
import { FINAL_CODES } from "#core/exit-codes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { findOrInstall } from "#tests/support/debian.ts";
import { endWithTest } from "#tests/support/end-with-test.ts";
import { freePort } from "#tests/support/free-port.ts";
import { canSwitchUser, runAsOtherUser } from "#tests/support/other-user.ts";
import { collect, until, waitForExit } from "#tests/support/proxy-process.ts";
import { finished } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

/** Highest exposure that is accepted, times ten: 9.2 is a unit without any of it. */
const EXPOSURE_MOST = 15;

const root = join(import.meta.dirname, "../..");
const unit = join(root, "deploy/systemd/cco.service");
const text = readFileSync(unit, "utf8");
const listValues = (name: string) =>
  [...text.matchAll(new RegExp(`^${name}=(.*)$`, "gm"))].map((match) => match[1] ?? "");

const analyze = () =>
  findOrInstall(
    () => ["/usr/bin/systemd-analyze"].find((path) => existsSync(path)) ?? null,
    "systemd",
    "This test needs systemd-analyze",
  );

/** The environment the unit gives to CCO, with systemd's two specifiers resolved to folders of this test. */
function environmentOfUnit(stateFolder: string, credentials: string): Record<string, string> {
  return Object.fromEntries(
    listValues("Environment").map((line) => {
      const [name = "", value = ""] = line.split("=");
      return [name, value.replace("%S", stateFolder).replace("%d", credentials)];
    }),
  );
}

describe("deploy/systemd/cco.service", () => {
  it("is understood by systemd in full", () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "cco.service"), text.replaceAll("/opt/cco", root));
    const file = join(folder, "cco.service");
    const { status, stderr, stdout } = spawnSync(analyze(), ["verify", "--man=no", file], { encoding: "utf8" });

    expect(`${stdout}${stderr}`.split("\n").filter((line) => line.includes("cco.service"))).toEqual([]);
    expect(status).toBe(0);
  });

  it("is exposed no more than 1.5", () => {
    const file = join(scratchFolder(), "cco.service");
    copyFileSync(unit, file);
    const args = ["security", "--offline=true", `--threshold=${EXPOSURE_MOST}`, "--no-pager", file];
    const { status, stdout } = spawnSync(analyze(), args, { encoding: "utf8" });
    const exposure = Number(/Overall exposure level for cco\.service: ([\d.]+)/.exec(stdout)?.[1]);

    expect(status, stdout).toBe(0);
    expect(exposure).toBeLessThanOrEqual(EXPOSURE_MOST / 10);
  });

  it("does not restart after exactly the codes that need a person", () => {
    expect(listValues("RestartPreventExitStatus")).toEqual([FINAL_CODES.join(" ")]);
  });

  it("waits longer for a stop than CCO itself may take", () => {
    const longestMs =
      INTEGER_BOUNDS.CCO_SHUTDOWN_SECONDS.fallback * 1000 + KILL_AFTER_HARD_STOP_MS + LAST_CHILD_WITHIN_MS;

    expect(Number(listValues("TimeoutStopSec")[0]) * 1000).toBeGreaterThan(longestMs);
  });

  it("starts CCO by its command and environment, with the first rules, and keeps everything in the state folder", async () => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "anthropic-api-key"), "sk-from-a-credential\n", { mode: 0o400 });
    const env = { ...environmentOfUnit(folder, folder), CCO_PORT: String(await freePort()) };
    const [command = ""] = listValues("ExecStart");
    const [program = "", ...args] = command.replace("/opt/cco", root).split(" ");
    const child = endWithTest(
      spawn(program, args, {
        env: { NODE_ENV: "production", PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...env },
        stdio: ["ignore", "pipe", "pipe"],
      }),
    );
    const printed = collect(child);
    try {
      await until(() => {
        if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${printed()}`);
        return printed().includes("Override rules loaded: ");
      });

      expect((await fetch(`http://127.0.0.1:${env.CCO_PORT}/readyz`)).status).toBe(200);
      const kept = ["cco.db", "model-overrides.toml", "session-secret", "spool"];
      expect(readdirSync(join(folder, "cco"))).toEqual(expect.arrayContaining(kept));
    } finally {
      child.kill("SIGTERM");
      expect(await waitForExit(child)).toBe(0);
    }
  });

  describe("the command beside it", () => {
    const shipped = readFileSync(join(root, "deploy/systemd/cco"), "utf8");

    it("has the unit's settings", () => {
      const given = [...shipped.matchAll(/^give (\w+) (\S+)$/gm)].map(([, name, value]) => `${name}=${value}`);
      const ofUnit = listValues("Environment").map((line) => line.replace("%S", "/var/lib"));

      expect(given).toEqual(ofUnit.filter((line) => !line.includes("%d")));
      expect(listValues("EnvironmentFile")).toEqual(["-/etc/cco/cco.env"]);
      expect(shipped).toContain("</etc/cco/cco.env");
      expect(shipped).toContain(`ANTHROPIC_API_KEY_FILE ${listValues("AssertPathExists")[0]}`);
    });

    it("finds the installation from any folder, by the file of the unit, and leaves what the shell sets", async () => {
      const folder = scratchFolder();
      mkdirSync(join(folder, "state/backups"), { recursive: true });
      mkdirSync(join(folder, "etc/secrets"), { recursive: true });
      writeFileSync(join(folder, "etc/secrets/anthropic-api-key"), "sk-test\n", { mode: 0o600 });
      await migrateDatabase(`file:${join(folder, "state/cco.db")}`);
      const lines = [
        "# notes",
        "",
        "; more",
        "A-B=1",
        'CCO_PUBLIC_URL="http://localhost:9"',
        "CCO_UPSTREAM_URL='http://x y'",
      ];
      writeFileSync(join(folder, "etc/cco.env"), `${lines.join("\n")}\nCCO_PORT=7`);
      const text = shipped
        .replaceAll("/opt/cco", root)
        .replaceAll("/etc/cco", join(folder, "etc"))
        .replaceAll("/var/lib/cco", join(folder, "state"));
      const run = (words: string[], more: Record<string, string> = {}) =>
        spawnSync("sh", ["-c", text, "cco", ...words], {
          cwd: tmpdir(),
          env: { NODE_ENV: "test", PATH: process.env.PATH ?? "", HOME: "/nonexistent", ...more },
          encoding: "utf8",
        });

      const backup = run(["backup"], { CCO_UPSTREAM_URL: "http://127.0.0.1:9" });
      expect([backup.status, backup.stderr]).toEqual([0, backup.stderr]);
      expect(backup.stdout).toMatch(`${join(folder, "state/backups")}/cco-backup-`);
      const set = run(["env", "--set"])
        .stdout.split("\n")
        .flatMap((line) => line.split(" ")[0] || []);
      expect(set).toEqual(expect.arrayContaining(["CCO_PORT", "CCO_PUBLIC_URL", "CCO_DATA_DIR", "ANTHROPIC_API_KEY"]));
      expect(run(["status"]).stderr).toContain("http://localhost:9 does not answer");
      const elsewhere = run(["keys", "list"], { CCO_DATA_DIR: join(folder, "nowhere") });
      expect(elsewhere.stderr).toContain(`no CCO database at ${join(folder, "nowhere/cco.db")}`);
    });
  });

  it("keeps the rules that are there at a later start, and prefers those of the operator at the first", () => {
    const folder = scratchFolder();
    const run = (rules: string, seed: string) =>
      spawnSync(join(root, "deploy/start.sh"), ["--version"], {
        env: { NODE_ENV: "production", PATH: process.env.PATH ?? "", CCO_CONFIG: rules, CCO_FIRST_RULES: seed },
      }).status;
    writeFileSync(join(folder, "seed.toml"), "# of the operator\n");
    const rules = join(folder, "new", "rules.toml");

    expect(run(rules, join(folder, "seed.toml"))).toBe(0);
    expect(readFileSync(rules, "utf8")).toBe("# of the operator\n");
    writeFileSync(rules, "# published\n");
    expect(run(rules, join(folder, "seed.toml"))).toBe(0);
    expect(readFileSync(rules, "utf8")).toBe("# published\n");
  });

  it.skipIf(!canSwitchUser).each([
    { fault: "a folder that its user may not enter", folderMode: 0o700, fileMode: 0o644, says: "may not look into" },
    { fault: "a file that its user may not read", folderMode: 0o755, fileMode: 0o600, says: "cannot be read by user" },
  ])("does not serve other rules than those of the operator: $fault", ({ folderMode, fileMode, says }) => {
    const folder = scratchFolder();
    const etc = join(folder, "etc");
    const state = join(folder, "state");
    for (const path of [etc, state]) mkdirSync(path);
    chmodSync(folder, 0o755);
    chmodSync(state, 0o777);
    const seed = join(etc, "model-overrides.toml");
    writeFileSync(seed, "# of the operator\n");
    chmodSync(seed, fileMode);
    chmodSync(etc, folderMode);
    const rules = join(state, "rules.toml");
    const { code, stderr } = runAsOtherUser([join(root, "deploy/start.sh"), "--version"], {
      CCO_CONFIG: rules,
      CCO_FIRST_RULES: seed,
    });

    expect(stderr).toMatch(new RegExp(`^error: .*${says}.*\n$`));
    expect(FINAL_CODES).toContain(code);
    expect(existsSync(rules)).toBe(false);
  });

  it("has an installation page by whose folders the service's user finds its first rules", () => {
    const page = readFileSync(join(root, "docs/howto/run-under-systemd.md"), "utf8");
    const made = [...page.matchAll(/^sudo install -d -m (\d+) (.*?)(?: +#.*)?$/gm)];
    const findMode = (path: string) => made.find(([, , paths = ""]) => paths.split(" ").includes(path))?.[1];

    expect(findMode("/etc/cco")).toBe("755");
    expect(findMode("/etc/cco/secrets")).toBe("700");
  });

  it.each<{ fault: string; more: Record<string, string>; says: string }>([
    { fault: "a port that is none", more: { CCO_PORT: "70000" }, says: 'CCO_PORT="70000" must be a whole number' },
    {
      fault: "a missing credential",
      more: { ANTHROPIC_API_KEY_FILE: "/nowhere/anthropic-api-key" },
      says: "ANTHROPIC_API_KEY_FILE=/nowhere/anthropic-api-key cannot be read: name an existing file",
    },
  ])("ends for good with a sentence that names the fix: $fault", async ({ more, says }) => {
    const folder = scratchFolder();
    writeFileSync(join(folder, "anthropic-api-key"), "sk-from-a-credential\n", { mode: 0o400 });
    const ended = await finished(["run", "--no-console"], { ...environmentOfUnit(folder, folder), ...more });

    expect(ended.stderr).toContain(says);
    expect(FINAL_CODES).toContain(ended.code);
  });

  it("refuses to start without the key file, and the condition names its path", () => {
    const [source = ""] = listValues("LoadCredential").map((value) => value.split(":")[1] ?? "");

    expect(source).toMatch(/^\/etc\/cco\//);
    expect(listValues("AssertPathExists")).toEqual([source]);
  });
});
