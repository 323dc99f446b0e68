import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const pages = ["CONTRIBUTING.md", ...readdirSync("docs/howto").map((name) => join("docs/howto", name))];
const tracked = execFileSync("git", ["ls-files", "--cached"], { encoding: "utf8" }).split("\n");
/** Folders of this project, so that an address such as `/api/rules` is not taken for a file. */
const FOLDERS = /^(app|bench|cli|config|control|core|deploy|docs|e2e|mock|prisma|proxy|scripts|store|tests|tools)\//;

describe("the papers for developers", () => {
  it.each(pages)("names only files that are tracked: %s", (page) => {
    const named = codeIn(readFileSync(page, "utf8")).filter((word) => FOLDERS.test(word) && !/[*<\s]/.test(word));

    expect(named.filter((path) => !isTracked(path))).toEqual([]);
  });
});

describe("the code tour", () => {
  const tours =
    readFileSync("CONTRIBUTING.md", "utf8").match(/^## Code tour: [\s\S]*?(?=^## (?!Code tour))/m)?.[0] ?? "";
  const rows = tours.split("\n").flatMap((line) => {
    const [, , files = "", names = ""] = line.split("|");
    const paths = codeIn(files).filter((word) => FOLDERS.test(word));
    return paths.length > 0 && codeIn(names).length > 0 && line.split("|").length === 5
      ? [{ paths, names: codeIn(names) }]
      : [];
  });

  it("has three trips of several steps", () => {
    expect(rows.length).toBeGreaterThan(30);
  });

  it("names only what stands in the files beside it", () => {
    const wrong = rows.flatMap(({ paths, names }) => {
      const text = paths.map((path) => readFileSync(path, "utf8")).join("\n");
      return names.filter((name) => !text.includes(name)).map((name) => `${name} is not in ${paths.join(", ")}`);
    });

    expect(wrong).toEqual([]);
  });
});

describe("the table of where to look", () => {
  const table =
    /^## Where would you look\?\n([\s\S]*?)(?=^## )/m.exec(readFileSync("CONTRIBUTING.md", "utf8"))?.[1] ?? "";
  const rows = table.split("\n").flatMap((line) => {
    const [, task = "", answer = ""] = line.split("|").map((cell) => cell.trim());
    return answer === "" || answer === "answer" || answer.startsWith("---") ? [] : [{ task, words: codeIn(answer) }];
  });

  it("answers at least ten tasks, each with a file", () => {
    expect(rows.length).toBeGreaterThanOrEqual(10);
    expect(rows.filter(({ words }) => !words.some((word) => FOLDERS.test(word)))).toEqual([]);
  });

  it("names only files that exist, and functions that stand in them", () => {
    const wrong = rows.flatMap(({ task, words }) => {
      const paths = words.filter((word) => FOLDERS.test(word));
      const texts = tracked
        .filter((file) => paths.some((path) => (path.endsWith("/") ? file.startsWith(path) : file === path)))
        .map((file) => readFileSync(file, "utf8"));
      const names = words.filter((word) => /^[a-z]+(?:[A-Z]\w*)?$/.test(word));
      return [
        ...paths.filter((path) => !isTracked(path)),
        ...names.filter((name) => !texts.some((text) => new RegExp(`\\b${name}\\b`).test(text))),
      ].map((word) => `${task}: ${word}`);
    });

    expect(wrong).toEqual([]);
  });
});

describe("the functions in the papers for developers", () => {
  const sources = tracked
    // Also what `deploy/` sets in the languages of others.
    .filter((path) => (/\.(tsx?|mjs)$/.test(path) && FOLDERS.test(path)) || path.startsWith("deploy/"))
    .map((path) => readFileSync(path, "utf8"))
    .join("\n");

  it.each(pages)("names only functions and constants that exist: %s", (page) => {
    const named = codeIn(readFileSync(page, "utf8")).filter((word) =>
      /^[a-z]+[A-Z]\w*$|^[A-Z][a-z]\w+$|^[A-Z]+_[A-Z_]+$/.test(word),
    );

    expect(named.filter((name) => !sources.includes(name))).toEqual([]);
  });
});

/** The words between backticks, blocks of code apart. */
function codeIn(text: string): string[] {
  const prose = text.replace(/^ *```[\s\S]*?^ *```/gm, "");
  return [...prose.matchAll(/`([^`\n]+)`/g)].map((match) => match[1] ?? "");
}

const isTracked = (path: string): boolean =>
  path.endsWith("/") ? tracked.some((file) => file.startsWith(path)) : tracked.includes(path);
