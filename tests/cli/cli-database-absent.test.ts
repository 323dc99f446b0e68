import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { keptStateFile } from "#config/kept-state-file.ts";
import { type Mock, startMock } from "#mock/server.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { diagnose, doctorFolder } from "#tests/support/doctor.ts";
import { canSwitchUser, OTHER_ID, runAsOtherUser } from "#tests/support/other-user.ts";
import { finished, root, runCco } from "#tests/support/run-cco.ts";

let mock: Mock;
beforeAll(async () => {
  mock = await startMock();
});
afterAll(() => mock.close());

/** An installation that has run, so that its data folder keeps what the database held. */
async function ranOnce() {
  const { env, folder } = doctorFolder(mock.url);
  chmodSync(folder, 0o755);
  const cco = runCco(["run", "--no-console"], env);
  onTestFinished(() => cco.stop());
  await cco.line(/^Override rules loaded/m);
  await expect.poll(() => existsSync(keptStateFile(env.CCO_DATA_DIR)), { timeout: 60_000 }).toBe(true);
  await cco.stop();
  return { env, folder, file: join(env.CCO_DATA_DIR, "cco.db") };
}

function moveAway(file: string): void {
  for (const name of readdirSync(dirname(file)).filter((one) => one.startsWith("cco.db")))
    renameSync(join(dirname(file), name), join(dirname(file), `moved.${name}`));
}

/** The words that `/health` has for it. */
const ABSENT = /is not there, though CCO has run with a database on this data folder/;
const FIX = /^put it back, with its -wal and -shm files, run cco restore.*remove last-good-state\.sealed/;

describe("a database that is not there, though CCO has run", () => {
  test("is a problem with its fix for the doctor and for every command, which make no new one", async () => {
    const { env, file } = await ranOnce();
    moveAway(file);

    const found = await diagnose(env, "--offline");
    expect(found.of("database")).toMatchObject({
      level: "problem",
      text: expect.stringMatching(ABSENT),
      fix: expect.stringMatching(FIX),
    });
    expect(found.code).toBe(1);

    for (const words of [["rules", "list"], ["keys", "create", "ci"], ["backup"], ["cost"]]) {
      const { code, stderr } = await ccoHere(words, env);
      expect([words, code, stderr]).toEqual([words, 69, expect.stringMatching(ABSENT)]);
      expect(stderr).toContain("put it back");
      expect(stderr).not.toContain("cco run` once");
    }
    expect(existsSync(file)).toBe(false);
  });

  test("is not said to have been run with, where DATABASE_URL names another file than before", async () => {
    const { env, folder } = await ranOnce();
    const other = { ...env, DATABASE_URL: `file:${join(folder, "other.db")}` };
    const cco = runCco(["run", "--no-console"], other);
    onTestFinished(() => cco.stop());
    await cco.line(/^Override rules loaded/m);

    expect(cco.stderr()).toContain("other.db is not there, though CCO has run with a database on this data folder");
    expect(cco.stderr()).toContain("or correct DATABASE_URL where it should name another");
    expect(cco.stderr()).not.toMatch(/has run with it|is gone/);
  });

  test("is a first start where nothing is kept: the hint stays", async () => {
    const { env } = doctorFolder(mock.url);

    expect(await ccoHere(["rules", "list"], env)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("start `cco run` once"),
    });
    expect((await diagnose(env, "--offline")).of("database")).toMatchObject({ level: "skipped" });
  });
});

describe.skipIf(!canSwitchUser)("another user", () => {
  const asOther = (words: readonly string[], env: Record<string, string>) =>
    runAsOtherUser([process.execPath, join(root, "bin/cco.mjs"), ...words], env);

  test.each([
    { closed: "a folder of another user", close: (file: string) => chmodSync(dirname(file), 0o700) },
    {
      closed: "a file of another user",
      close: (file: string) => {
        chmodSync(dirname(file), 0o755);
        chmodSync(file, 0o600);
      },
    },
  ])("is said that permissions are missing, not the database: $closed", async ({ close }) => {
    const { env, folder } = doctorFolder(mock.url);
    chmodSync(folder, 0o755);
    chmodSync(env.CCO_CONFIG, 0o644);
    mkdirSync(env.CCO_DATA_DIR);
    const file = join(env.CCO_DATA_DIR, "cco.db");
    writeFileSync(file, "", { mode: 0o644 });
    close(file);

    for (const words of [["rules", "list"], ["backup"], ["verify"]]) {
      const { code, stderr } = asOther(words, env);
      expect([words, code, stderr]).toEqual([
        words,
        77,
        expect.stringMatching(/this user may not open the database .*cco\.db \(EACCES at .*\)\n.*run it as the user/),
      ]);
    }
    const { stdout } = asOther(["doctor", "--offline", "--json"], env);
    const { findings } = JSON.parse(stdout) as { findings: { subject: string; level: string; text: string }[] };
    const found = findings.find(({ subject }) => subject === "database");
    expect(found).toMatchObject({ level: "problem", text: expect.stringContaining("this user may not open") });
  });

  test("needs no entry in the list of accounts", async () => {
    const { env, folder } = doctorFolder(mock.url);
    chmodSync(folder, 0o777);
    const { HOME: _home, ...without } = env;
    const restored = join(folder, "restored");
    mkdirSync(restored);
    chownSync(restored, OTHER_ID, OTHER_ID);
    const first = await ranOnce();
    const made = await finished(["backup", "--to", folder], first.env);
    chmodSync(made.stdout.trim(), 0o644);
    const carried = asOther(["restore", made.stdout.trim(), "--data-dir", restored, "--yes"], without);
    expect([carried.code, carried.stderr]).toEqual([0, expect.any(String)]);
    const listed = asOther(["keys", "list", "--data-dir", restored], without);
    expect([listed.code, listed.stderr]).toEqual([0, expect.any(String)]);
    const again = asOther(["backup", "--data-dir", restored], without);
    expect([again.code, again.stderr]).toEqual([0, expect.any(String)]);
    const examined = asOther(["doctor", "--offline"], { ...without, CCO_DATA_DIR: restored });
    expect(examined.code, examined.stderr).not.toBe(70);
  });
});
