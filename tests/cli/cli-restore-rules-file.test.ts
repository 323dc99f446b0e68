import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { expect, it } from "vitest";
import { ccoHere } from "#tests/support/cco-here.ts";
import { putMigrated } from "#tests/support/migrated-file.ts";
import { NO_RULES, ONE_RULE } from "#tests/support/proxy-process.ts";
import { scratchFolder } from "#tests/support/scratch.ts";

// The rules file that a restore replaces is that of the environment, also where another database is named.

/** An installation that is stopped, in a folder whose name a shell would split. */
async function makeInstallation(rules: string) {
  const folder = join(scratchFolder(), "n x");
  const env = { CCO_DATA_DIR: join(folder, "data"), CCO_CONFIG: join(folder, "rules.toml") };
  mkdirSync(env.CCO_DATA_DIR, { recursive: true });
  writeFileSync(env.CCO_CONFIG, rules);
  await putMigrated(join(env.CCO_DATA_DIR, "cco.db"));
  return env;
}

async function makeArchive(): Promise<string> {
  const made = await ccoHere(["backup", "--json"], await makeInstallation(ONE_RULE));
  return JSON.parse(made.stdout).file;
}

const findCopy = (rules: string): string => {
  const name = readdirSync(dirname(rules)).find((one) => one.startsWith("rules.toml.backup."));
  return join(dirname(rules), name ?? "none");
};

it("is named with its copy by the preview and the result, where --database names another file", async () => {
  const [archive, env] = [await makeArchive(), await makeInstallation(NO_RULES)];
  const file = join(scratchFolder(), "q.db");
  const words = ["restore", archive, "--database", `file:${file}`];
  const preview = await ccoHere(words, env);
  const data = JSON.parse((await ccoHere([...words, "--json"], env)).stdout);

  expect(preview.stdout).toContain(
    `with --yes ${file} is made; the rules file ${env.CCO_CONFIG} is replaced, and a copy of what it holds stays as ${env.CCO_CONFIG}.backup.<date>-<time>\n`,
  );
  expect(preview.stderr).toContain(`To carry it out: cco restore '${archive}' --database … --yes`);
  expect(data).toMatchObject({ restored: false, rules_file: env.CCO_CONFIG, rules_file_change: "replaced" });
  expect(readFileSync(env.CCO_CONFIG, "utf8")).toBe(NO_RULES);

  const restored = await ccoHere([...words, "--yes"], env);
  const copy = findCopy(env.CCO_CONFIG);
  expect([restored.code, readFileSync(env.CCO_CONFIG, "utf8")]).toEqual([0, ONE_RULE]);
  expect(restored.stderr).toContain(`replaced: ${file} and ${env.CCO_CONFIG}\n`);
  expect(restored.stderr).toContain(`what the rules file held before: ${copy}\n`);
  expect(readFileSync(copy, "utf8")).toBe(NO_RULES);
});

it("is named by --json of the result, with the copy beside the file that a link leads to", async () => {
  const [archive, env] = [await makeArchive(), await makeInstallation(NO_RULES)];
  const link = join(scratchFolder(), "linked.toml");
  symlinkSync(env.CCO_CONFIG, link);
  const restored = await ccoHere(["restore", archive, "--yes", "--json"], { ...env, CCO_CONFIG: link });

  expect(JSON.parse(restored.stdout)).toMatchObject({
    rules_file: link,
    rules_file_written: true,
    rules_file_backup: findCopy(env.CCO_CONFIG),
  });
});

it("is said to stay where it holds the rules of the backup already, and to be made where it is missing", async () => {
  const [archive, same] = [await makeArchive(), await makeInstallation(ONE_RULE)];
  const missing = { ...same, CCO_CONFIG: join(scratchFolder(), "new.toml") };
  const previews = [await ccoHere(["restore", archive], same), await ccoHere(["restore", archive], missing)];
  const restored = await ccoHere(["restore", archive, "--yes"], same);
  const made = await ccoHere(["restore", archive, "--yes"], missing);

  const database = join(same.CCO_DATA_DIR, "cco.db");
  expect(previews.map(({ stdout }) => stdout)).toEqual([
    expect.stringContaining(`${database} is replaced; the rules file ${same.CCO_CONFIG} stays as it is\n`),
    expect.stringContaining(`${database} is replaced; the rules file ${missing.CCO_CONFIG} is made\n`),
  ]);
  expect(restored.stderr).toContain(`replaced: ${database}; the rules file ${same.CCO_CONFIG} is as it was\n`);
  expect(made.stderr).toContain(`replaced: ${database} and ${missing.CCO_CONFIG}\n`);
  expect([restored, made].map(({ stderr }) => stderr).join()).not.toContain("held before");
  expect(existsSync(findCopy(same.CCO_CONFIG))).toBe(false);
});
