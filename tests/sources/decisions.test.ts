import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const folder = join(root, "docs", "decisions");
const records = readdirSync(folder)
  .filter((name) => name.endsWith(".md"))
  .sort();

it("numbers the decision records without holes or repeats", () => {
  const numbers = records.map((name) => Number(name.slice(0, 3)));
  expect(numbers).toEqual(records.map((_, index) => index + 1));
});

it.each(records)("%s follows the template: title, date, state and sections", (name) => {
  const lines = readFileSync(join(folder, name), "utf8").split("\n");
  expect(lines[0]).toMatch(new RegExp(`^# ${name.slice(0, 3)} [A-Z]`));
  expect(lines[2]).toMatch(/^\d{4}-\d\d-\d\d · accepted/);
  const sections = lines.filter((line) => line.startsWith("## "));
  expect(sections.slice(0, 2)).toEqual(["## Context", "## Decision"]);
});

it("refers only to decision records that exist", () => {
  const tracked = execFileSync("git", ["grep", "-hoE", "decisions/[0-9]{3}-[a-z0-9-]+\\.md"], {
    cwd: root,
    encoding: "utf8",
  });
  const between = execFileSync("git", ["grep", "-hoE", "\\]\\([0-9]{3}-[a-z0-9-]+\\.md", "--", "docs/decisions"], {
    cwd: root,
    encoding: "utf8",
  });
  const names = [...`${tracked}${between}`.matchAll(/\d{3}-[a-z0-9-]+\.md/g)].map(([found]) => found);
  expect(names.length).toBeGreaterThan(10);
  expect([...new Set(names)].filter((name) => !records.includes(name))).toEqual([]);
});
