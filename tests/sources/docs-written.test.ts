import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { ERROR_HELP } from "#core/error-help.ts";
import { ERROR_CODES } from "#core/errors.ts";
import { withConditionTable } from "#tools/docs/condition-table.ts";
import { buildConfigurationPage } from "#tools/docs/configuration-page.ts";
import { buildErrorPages } from "#tools/docs/error-pages.ts";
import { withExitCodes, withStartCodes } from "#tools/docs/exit-code-table.ts";

const STALE = "this page is out of date: run `npm run docs`";
const errorPages = buildErrorPages();

describe("the pages written from code", () => {
  it.each([["docs/configuration.md", buildConfigurationPage()], ...errorPages])("%s is up to date", (path, text) => {
    expect(readFileSync(path, "utf8"), STALE).toBe(text);
  });

  it("include the conditions of rules in the guide to them", () => {
    const guide = readFileSync("docs/howto/write-rules.md", "utf8");

    expect(guide, STALE).toBe(withConditionTable(guide));
  });

  it.each([
    ["docs/howto/use-the-command-line.md", withExitCodes],
    ["docs/operate.md", withStartCodes],
  ])("include the exit codes in %s", (path, withCodes) => {
    const page = readFileSync(path, "utf8");

    expect(page, STALE).toBe(withCodes(page));
  });

  it("has one page for each error code, and no other", () => {
    const names = readdirSync("docs/errors").filter((name) => name !== "README.md");

    expect(names.sort()).toEqual(ERROR_CODES.map((code) => `${code}.md`).sort());
    expect([...errorPages.keys()].sort()).toEqual(
      readdirSync("docs/errors", { encoding: "utf8" }).map(inErrors).sort(),
    );
  });
});

describe("the catalogue of errors", () => {
  const sources = ["core", "control", "proxy", "app"].flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /(?<!\.test)\.tsx?$/.test(name) && !/^error(s|-help)\.ts$/.test(name))
      .map((name) => readFileSync(join(folder, name), "utf8")),
  );

  it("holds no code that no file utters", () => {
    expect(ERROR_CODES.filter((code) => !sources.some((text) => text.includes(`"${code}"`)))).toEqual([]);
  });

  it.each(Object.entries(ERROR_HELP))(
    "explains %s in whole sentences",
    (_code, { meaning, seenBy, steps, example }) => {
      expect(steps.length).toBeGreaterThan(0);
      for (const text of [meaning, seenBy, ...steps, example]) expect(text).toMatch(/^[A-Z`].*[.`]$/s);
      expect(doubledMarks([meaning, seenBy, ...steps, example])).toEqual([]);
    },
  );
});

const inErrors = (name: string): string => `docs/errors/${name}`;

/** Texts in which a mark of code or of a page is opened and not closed. */
function doubledMarks(texts: readonly string[]): string[] {
  return texts.filter((text) => text.split("`").length % 2 === 0 || text.split("**").length % 2 === 0);
}
