import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { NO_RULES } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";
import { fillUp, mountSmall } from "#tests/support/small-disk.ts";

// A folder that cannot be made and a full disk are said with the place and the fix.

/** An installation with one backup, in a folder that is there. */
async function makeInstallation(folder: string) {
  const env = { CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: join(folder, "model-overrides.toml") };
  mkdirSync(env.CCO_DATA_DIR, { recursive: true });
  writeFileSync(env.CCO_CONFIG, NO_RULES);
  await putMigrated(join(env.CCO_DATA_DIR, "cco.db"));
  const made = await ccoHere(["backup", "--json"], env);
  return { env, archive: JSON.parse(made.stdout).file as string };
}

it("names the data folder that cannot be made or written, in a restore as in a start, and leaves nothing", async () => {
  const above = scratchFolder();
  const { archive } = await makeInstallation(join(above, "own"));
  const file = join(above, "file");
  writeFileSync(file, "");
  const server = "postgresql://u:p@127.0.0.1:9/none";
  const places = [
    [file, `is a file, not a folder`],
    [join(file, "below", "it"), `cannot be made: ${file} is a file`],
    ["/proc/cco/drill", "cannot create the data folder /proc/cco/drill"],
  ] as const;
  for (const [place, text] of places) {
    const env = { CCO_CONFIG: join(above, "x.toml"), CCO_PORT: "0" };
    const runs = [
      await ccoHere(["restore", archive, "--data-dir", place, "--yes"]),
      await ccoHere(["restore", archive, "--yes"], { ...env, CCO_DATA_DIR: place, DATABASE_URL: server }),
      await ccoHere(["run"], { ...env, CCO_DATA_DIR: place }),
    ];
    for (const { code, stderr } of runs)
      expect([place, code, stderr]).toEqual([place, 73, expect.stringContaining(text)]);
    expect(runs[0]?.stderr).toContain("name another one with --data-dir or CCO_DATA_DIR");
  }
  const preview = await ccoHere(["restore", archive, "--data-dir", file]);
  expect([preview.code, preview.stderr]).toEqual([
    0,
    expect.stringContaining(`It would be refused: the data folder ${file} is a file`),
  ]);
  expect(readdirSync(above).sort()).toEqual(["file", "own"]);
});

it("ends with the code for permissions where the disk of the data folder takes no file", async ({ skip }) => {
  const { archive } = await makeInstallation(scratchFolder());
  const folder = scratchFolder();
  if (!mountSmall(folder, 64 * 1024, "ro")) return skip("this machine lets no disk be mounted");
  for (const place of [folder, join(folder, "deep", "drill")]) {
    const restored = await ccoHere(["restore", archive, "--data-dir", place, "--yes"]);
    const preview = await ccoHere(["restore", archive, "--data-dir", place]);

    expect([restored.code, restored.stderr]).toEqual([
      77,
      expect.stringMatching(/the data folder .* is not writable by this user \(EROFS\)[\s\S]*fix its permissions/),
    ]);
    expect(preview.stderr).toContain("It would be refused: the data folder");
  }
});

it("says before a restore that the folder of DATABASE_URL is missing, as carrying it out does", async () => {
  const { env, archive } = await makeInstallation(scratchFolder());
  const away = join(scratchFolder(), "nothere");
  const named = { ...env, DATABASE_URL: `file:${join(away, "x.db")}` };
  const preview = await ccoHere(["restore", archive], named);
  const restored = await ccoHere(["restore", archive, "--yes"], named);

  expect([preview.code, preview.stderr]).toEqual([
    0,
    expect.stringContaining(`It would be refused: the folder ${away} of the SQLite file ${join(away, "x.db")}`),
  ]);
  expect([restored.code, restored.stderr]).toEqual([73, expect.stringContaining(`The folder ${away} of the SQLite`)]);
  expect(existsSync(away)).toBe(false);
});

it("calls a full disk full, with its place and the fix, also where SQLite speaks of an I/O error", async ({ skip }) => {
  const folder = scratchFolder();
  if (!mountSmall(folder, 8 * 1024 * 1024)) return skip("this machine lets no disk be mounted");
  const { archive } = await makeInstallation(scratchFolder());
  // Never open in this process, which would keep its shared memory.
  const env = { CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: join(folder, "model-overrides.toml") };
  mkdirSync(env.CCO_DATA_DIR);
  writeFileSync(env.CCO_CONFIG, NO_RULES);
  await putMigrated(join(env.CCO_DATA_DIR, "cco.db"));
  const giveBack = fillUp(folder);
  const commands = [["keys", "list"], ["backup", "--to", scratchFolder()], ["restore", archive, "--yes"], ["verify"]];
  for (const words of commands) {
    const { code, stderr } = await ccoHere(words, env);
    expect([words, code, stderr]).toEqual([words, 69, expect.stringContaining(`make room in ${env.CCO_DATA_DIR}`)]);
    expect(stderr).toContain(`The disk of the SQLite file ${join(env.CCO_DATA_DIR, "cco.db")} is full`);
  }
  const doctor = await ccoHere(["doctor", "--offline"], env);
  const started = await ccoHere(["run"], { ...env, CCO_PORT: "0" });

  expect(doctor.stdout).toContain("cco.db is full");
  expect(doctor.stdout).not.toContain("traffic flows on");
  expect([started.code, started.stderr]).toEqual([
    73,
    expect.stringContaining(`the disk of the data folder ${env.CCO_DATA_DIR} is full`),
  ]);
  giveBack();
  expect(await ccoHere(["keys", "list"], env)).toMatchObject({ code: 0 });
});

it("ends with one code where the folder of backups is a file, for a backup and for their list", async () => {
  const { env } = await makeInstallation(scratchFolder());
  const file = join(scratchFolder(), "file");
  writeFileSync(file, "");
  for (const words of [
    ["backup", "list", "--to", file],
    ["backup", "--to", file],
  ])
    expect([words, await ccoHere(words, env)]).toEqual([
      words,
      { code: 73, stdout: "", stderr: expect.stringContaining(file) },
    ]);
});
