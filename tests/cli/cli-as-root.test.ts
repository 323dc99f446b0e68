import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, lstatSync, mkdirSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, test } from "vitest";
import { recordEvents } from "#store/ledger-writes.ts";
import { migrateDatabase } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { ccoHere } from "#tests/support/cco-here.ts";
import { diagnose } from "#tests/support/doctor.ts";
import { canSwitchUser, OTHER_ID, runAsOtherUser } from "#tests/support/other-user.ts";
import { requestsOfDay } from "#tests/support/retention.ts";
import { root } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// An installation whose service runs as its own user, and whose administrator types the commands of docs/operate.md as root.

const RULES = '[overrides]\nenabled = true\nrules = [["opus", "claude-haiku-5-5"]]\n';
const OTHER_RULES = RULES.replace("haiku", "sonnet");

async function installation(name = "data") {
  const folder = scratchFolder();
  chmodSync(folder, 0o755);
  const data = join(folder, name);
  mkdirSync(data, { mode: 0o700 });
  chownSync(data, OTHER_ID, OTHER_ID);
  const rules = join(data, "model-overrides.toml");
  writeFileSync(rules, RULES, { mode: 0o600 });
  chownSync(rules, OTHER_ID, OTHER_ID);
  const url = `file:${join(data, "cco.db")}`;
  await migrateDatabase(url);
  const connection = await openSqlConnection(url);
  for (const day of ["2026-06-01", "2026-06-02"]) await recordEvents(connection, requestsOfDay(day, 5));
  await connection.close();
  const next = join(folder, "next.toml");
  writeFileSync(next, OTHER_RULES, { mode: 0o644 });
  return { data, next, env: { HOME: folder, CCO_DATA_DIR: data, CCO_CONFIG: rules, CCO_PORT: "0" } };
}

/** Paths below a folder that belong to another user than the service. */
const findForeign = (folder: string): string[] =>
  readdirSync(folder, { recursive: true, encoding: "utf8" }).filter(
    (name) => lstatSync(join(folder, name)).uid !== OTHER_ID,
  );

const asService = (words: readonly string[], env: Record<string, string>) =>
  runAsOtherUser([process.execPath, join(root, "bin/cco.mjs"), ...words], env);

describe.skipIf(!canSwitchUser)("a folder of the database that its owner may not write", () => {
  test("ends every command with 77, its path and the fix, and a start that has nothing kept", async () => {
    const { data, env } = await installation();
    const folder = join(data, "n x");
    mkdirSync(folder);
    renameSync(join(data, "cco.db"), join(folder, "cco.db"));
    const file = join(folder, "cco.db");
    for (const one of [folder, file]) chownSync(one, OTHER_ID, OTHER_ID);
    chmodSync(folder, 0o500);
    const named = { ...env, DATABASE_URL: `file:${file}` };
    const text = `error: The SQLite file ${file} cannot be written by this user (EACCES at ${folder})\n`;
    const fix = `make the folder writable for its user: chmod u+rwx '${folder}'`;
    const commands = [
      ["backup"],
      ["users", "invite", "a@example.com", "--role", "viewer"],
      ["rules", "publish", env.CCO_CONFIG, "-m", "x", "-y"],
      ["token", "create", "ci"],
      ["prices", "list"],
      ["run", "--no-console"],
    ];
    for (const words of commands) {
      const { code, stderr } = asService(words, named);
      expect([words, code, stderr]).toEqual([words, 77, expect.stringContaining(`${text}hint: ${fix}\n`)]);
    }
    const { stdout } = asService(["doctor", "--offline"], named);
    expect(stdout).toContain(`cannot be written by this user (EACCES at ${folder})`);
    expect(stdout).toContain(fix);

    // What another user owns, only that user may open up.
    chownSync(folder, 0, 0);
    chmodSync(folder, 0o755);
    const { code, stderr } = asService(["keys", "list"], named);
    expect([code, stderr]).toEqual([77, expect.stringContaining("hint: run it as the user that CCO runs as, or make")]);

    chownSync(folder, OTHER_ID, OTHER_ID);
    chmodSync(folder, 0o500);
    execFileSync("sh", ["-ec", fix.slice(fix.indexOf("chmod"))]);
    expect(asService(["keys", "list"], named)).toMatchObject({ code: 0 });
  });
});

describe.skipIf(!canSwitchUser)("commands of root on the installation of another user", () => {
  test("leave nothing that the service could not use", async () => {
    const { data, next, env } = await installation();
    const asRoot = async (...words: string[]) => {
      const said = await ccoHere(words, env);
      expect([words, said.code, said.stderr]).toEqual([words, 0, said.stderr]);
      expect([words, findForeign(data)]).toEqual([words, []]);
      return said.stdout.trim();
    };
    const archive = await asRoot("backup", "--include", "events");
    // The first one takes in the file that no proxy has read yet.
    await ccoHere(["rules", "publish", next, "-m", "Sonnet", "-y"], env);
    await asRoot("rules", "publish", next, "-m", "Sonnet", "-y");
    await asRoot("retention", "run", "--keep-days", "30");
    await asRoot("restore", archive, "--yes");
    for (const name of readdirSync(data).filter((one) => one.startsWith("cco.db") || one.startsWith("restore.")))
      renameSync(join(data, name), join(data, `aside.${name}`));
    await asRoot("restore", archive, "--yes");
    expect(readdirSync(data)).toEqual(expect.arrayContaining(["archive", "backups", "cco.db", "cco.db.lock"]));

    for (const words of [
      ["verify"],
      ["backup", "--include", "events"],
      ["rules", "off", "-y"],
      ["retention", "run", "--keep-days", "30"],
      ["restore", archive, "--yes"],
    ]) {
      const { code, stderr } = asService(words, env);
      expect([words, code, stderr]).toEqual([words, 0, stderr]);
    }
  });

  test("let the doctor name what the service cannot use, and the command that puts it right", async () => {
    const { data, env } = await installation("n x");
    const look = async () => (await diagnose(env, "--offline")).of("data folder");
    expect(await look()).toMatchObject({ level: "ok", text: `${data}, user ${OTHER_ID}'s alone` });

    mkdirSync(join(data, "backups"), { mode: 0o700 });

    expect(await look()).toMatchObject({
      level: "problem",
      text: expect.stringContaining(`${join(data, "backups")} in it to user 0`),
      fix: `chown -R ${OTHER_ID}:${OTHER_ID} '${data}'`,
    });

    chownSync(join(data, "backups"), OTHER_ID, OTHER_ID);
    chmodSync(data, 0o755);
    expect(await look()).toMatchObject({ level: "warning", fix: `chmod 700 '${data}'` });
  });
});
