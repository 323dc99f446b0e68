import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { describe, expect, it } from "vitest";
import { scratchFolder } from "#tests/support/scratch.ts";

const root = join(import.meta.dirname, "../..");
const page = readFileSync(join(root, "docs/howto/author-a-migration.md"), "utf8");
const script = /```bash\n([\s\S]*?)```/.exec(page)?.[1] ?? "";

/** Runs the lines of the howto in a repository that has a schema only. There `npx` does what the given lines say. */
function runScript(npx: string): {
  status: number | null;
  stderr: string;
  written: Record<string, string>;
  left: string[];
} {
  const folder = scratchFolder();
  mkdirSync(join(folder, "prisma/schema"), { recursive: true });
  writeFileSync(join(folder, "prisma/schema/base.prisma"), 'datasource db {\n  provider = "sqlite"\n}\n');
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=Ada", "-c", "user.email=ada@example.com", ...args], { cwd: folder });
  git("init", "-q");
  git("add", ".");
  git("commit", "-qm", "schema");
  mkdirSync(join(folder, "bin"));
  writeFileSync(join(folder, "bin/npx"), `#!/bin/sh\n${npx}\n`);
  chmodSync(join(folder, "bin/npx"), 0o755);

  const temporary = scratchFolder();
  const env = { ...process.env, PATH: `${join(folder, "bin")}:${process.env.PATH}`, TMPDIR: temporary };
  const { status, stderr } = spawnSync("bash", ["-c", script], { cwd: folder, env, encoding: "utf8" });
  const migrations = join(folder, "prisma/migrations");
  const files = existsSync(migrations) ? readdirSync(migrations, { recursive: true, encoding: "utf8" }) : [];
  const written = files
    .filter((file) => file.endsWith(".sql"))
    .map((file): [string, string] => [
      file.replace(/\d{14}/, "NOW"),
      readFileSync(join(migrations, file), "utf8").trim(),
    ]);
  return { status, stderr, written: Object.fromEntries(written), left: readdirSync(temporary) };
}

describe("the lines that write a migration", () => {
  it("write one for both databases", () => {
    const { status, stderr, written, left } = runScript('echo "ALTER TABLE a ADD COLUMN b INTEGER;"');

    expect(status, stderr).toBe(0);
    expect(left).toEqual([]);
    expect(written).toEqual({
      "sqlite/NOW_add_budget/migration.sql": "ALTER TABLE a ADD COLUMN b INTEGER;",
      "postgresql/NOW_add_budget/migration.sql": "ALTER TABLE a ADD COLUMN b INTEGER;",
    });
  });

  it.each([
    ["Prisma's engine is missing", 'echo "no engine" >&2; exit 1', "no engine"],
    ["the schema has not changed", 'echo "-- This is an empty migration."', "Prisma wrote no statement for sqlite."],
  ])("fail and leave no file, nor a temporary one, where %s", (_, npx, words) => {
    const { status, stderr, written, left } = runScript(npx);

    expect(status).toBe(1);
    expect(stderr).toContain(words);
    expect(written).toEqual({});
    expect(left).toEqual([]);
  });
});
