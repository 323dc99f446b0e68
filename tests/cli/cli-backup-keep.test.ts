import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { migrateDatabase } from "#store/migrate.ts";
import { finished } from "#tests/support/run-cco.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

it("cco backup says, also with --quiet and in its JSON, which old archive cannot be deleted", async ({ skip }) => {
  const folder = scratchFolder();
  const env = { CCO_DATA_DIR: scratchFolder() };
  await migrateDatabase(`file:${join(env.CCO_DATA_DIR, "cco.db")}`);
  const name = "cco-backup-20200101T000000Z.tar.gz";
  writeFileSync(join(folder, name), "");
  if (spawnSync("chattr", ["+i", join(folder, name)]).status !== 0) return skip("this machine protects no file");
  onTestFinished(() => void spawnSync("chattr", ["-i", join(folder, name)]));

  const quiet = await finished(["backup", "--to", folder, "--keep", "1", "--quiet"], env);
  const json = await finished(["backup", "--to", folder, "--keep", "1", "--json"], env);

  expect(quiet).toMatchObject({ code: 0, stderr: expect.stringContaining(`could not be deleted: ${name} (EPERM)`) });
  expect(json).toMatchObject({ code: 0, stderr: "" });
  expect(JSON.parse(json.stdout)).toMatchObject({ not_deleted: [{ name, reason: "EPERM" }] });
});
