import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const page = readFileSync("docs/security.md", "utf8");
const rows = [...page.matchAll(/^\| ([TR]\d+[a-z]?) \|(.*)\|$/gm)].map(([, code = "", rest = ""]) => ({ code, rest }));
const testFiles = ["core", "config", "store", "control", "proxy", "app", "cli", "mock", "tests", "e2e"].flatMap(
  (folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /\.(test|e2e)\.ts$/.test(name))
      .map((name) => join(folder, name)),
);

describe("docs/security.md", () => {
  it("defines every code that the title of a test begins with, once", () => {
    const used = testFiles.flatMap((file) =>
      [...readFileSync(file, "utf8").matchAll(/["`]([TR]-?\d+[a-z]?(?:, [TR]-?\d+[a-z]?)*): /g)].flatMap((match) =>
        (match[1] ?? "").split(", ").map((code) => ({ file, code })),
      ),
    );
    const defined = rows.map(({ code }) => code);

    expect(used.length).toBeGreaterThan(20);
    expect(used.filter(({ code }) => !defined.includes(code))).toEqual([]);
    expect(defined.filter((code, at) => defined.indexOf(code) !== at)).toEqual([]);
  });

  it.each(rows)("names tests that exist for $code", ({ rest }) => {
    const named = [...rest.matchAll(/`([a-z0-9]+\/[\w./-]+\.ts)`/g)].map((match) => match[1] ?? "");

    expect(named.filter((file) => !existsSync(file))).toEqual([]);
  });
});
