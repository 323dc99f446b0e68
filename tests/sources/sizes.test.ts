import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import {
  isArrowFunction,
  isFunctionExpression,
  isFunctionLikeDeclaration,
  isPropertyAssignment,
  isPropertyDeclaration,
  isStatement,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { parseSources } from "#tests/support/parse-sources.ts";
import { findOurPath, readImports } from "#tests/support/read-imports.ts";

/**
 * Lengths that need a reason (CONTRIBUTING.md). The reason stands in a comment as "Long because …" or "Short because …",
 * so that one search finds all of them: `grep -rE "(Long|Short) because"`. A file's stands in its first lines, above
 * no long function, since the reason above a function is the function's.
 */
const FILE_LINES_MAX = 250;
const FUNCTION_LINES_MAX = 50;
const FILE_LINES_MIN = 30;
const TOP_LINES = 15;
/** Words that a reason has at least. */
const REASON_WORDS_MIN = 3;

/** Short files that need no sentence: their kind is the reason. */
const shortKinds: readonly { files: RegExp; why: string }[] = [
  { files: /^app\/(.*\/)?(page|layout|route|error|not-found|loading)\.tsx?$/, why: "Next.js asks for a file" },
  { files: /^app\/(.*\/)?(client\.tsx|queries\.ts|url\.ts)$/, why: "a part that every page has" },
  { files: /^control\/[\w-]+\/[\w-]+\.ts$/, why: "one verb a file" },
  { files: /^cli\/commands\//, why: "one command a file" },
  { files: /^core\/rules\/(conditions|hazards)\//, why: "one entry of the registry a file" },
];

const root = join(import.meta.dirname, "../..");
const paths = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((path) => /\.(tsx?|mjs)$/.test(path) && !path.startsWith("store/generated/") && existsSync(join(root, path)));
const texts = new Map([...new Set(paths)].map((path) => [path, readFileSync(join(root, path), "utf8")]));

describe("a file", () => {
  it("of more than 250 lines says at its top why it is long", () => {
    const functions = longFunctions();
    const unexplained = [...texts]
      .filter(([path, text]) => countLines(text) > FILE_LINES_MAX && !hasFileReason("Long", path, text, functions))
      .map(([path, text]) => `${path}: ${countLines(text)} lines`);

    expect(texts.size).toBeGreaterThan(900);
    expect(unexplained).toEqual([]);
  });

  it("of less than 30 lines that one file imports says why it is apart", () => {
    const importers = findImporters();
    const unexplained = [...texts]
      .filter(([path, text]) => countLines(text) < FILE_LINES_MIN && importers.get(path)?.size === 1 && isProduct(path))
      .filter(([path]) => !texts.has(path.replace(/(\.tsx?)$/, ".test$1")))
      .filter(([path]) => !shortKinds.some(({ files }) => files.test(path)))
      .filter(([path, text]) => !hasFileReason("Short", path, text, []))
      .map(([path, text]) => `${path}: ${countLines(text)} lines, for ${[...(importers.get(path) ?? [])]}`);

    expect(importers.size).toBeGreaterThan(500);
    expect(unexplained).toEqual([]);
  });
});

describe("a function", () => {
  it("of more than 50 lines says right above it why it is long", () => {
    const unexplained = longFunctions()
      .filter(({ comment }) => !hasReason("Long", comment.text))
      .map(({ path, line, lines }) => `${path}:${line}: ${lines} lines`);

    expect(unexplained).toEqual([]);
  });
});

describe("a reason", () => {
  it("is given only for a length that needs one", () => {
    const functions = longFunctions();
    const needless = [...texts]
      .filter(([path]) => isParsed(path))
      .flatMap(([path, text]) => findNeedless(path, text, functions));

    expect(needless).toEqual([]);
  });

  it("has words after `because`, in the same comment", () => {
    expect(hasReason("Long", "// Long because one table has each case.")).toBe(true);
    expect(hasReason("Long", "/**\n * Reads. Long because\n * one table has each case.\n */")).toBe(true);
    expect(hasReason("Short", "/** Short because two files would import each other. */")).toBe(true);

    expect(hasReason("Long", "// Long because.")).toBe(false);
    expect(hasReason("Long", "// Long because")).toBe(false);
    expect(hasReason("Long", "// Long because …")).toBe(false);
    expect(hasReason("Long", "/** Long because. */\nconst one = 1 + 2 + 3;")).toBe(false);
    expect(hasReason("Long", "// Long because of it.")).toBe(false);
    expect(hasReason("Long", 'const text = "Long because one table has each case";')).toBe(false);
    expect(hasReason("Short", "// Long because one table has each case.")).toBe(false);
  });

  it("of a file is none below its top, and none above a long function", () => {
    const reason = "// Long because one table has each case.";
    const below = `${"\n".repeat(TOP_LINES)}${reason}\n${"\n".repeat(FILE_LINES_MAX)}`;
    const above = `\n${reason}\nfunction f() {${"\n".repeat(FILE_LINES_MAX)}}\n`;
    const long = { path: "a.ts", line: 3, lines: FILE_LINES_MAX, comment: { line: 2, text: reason } };

    expect(hasFileReason("Long", "a.ts", `\n${below.trimStart()}`, [])).toBe(true);
    expect(hasFileReason("Long", "a.ts", below, [])).toBe(false);
    expect(hasFileReason("Long", "a.ts", above, [])).toBe(true);
    expect(hasFileReason("Long", "a.ts", above, [long])).toBe(false);
    expect(findNeedless("a.ts", below, [])).toEqual([`a.ts:${TOP_LINES + 1}`]);
    expect(findNeedless("a.ts", above, [long])).toEqual([]);
    expect(findNeedless("a.ts", reason, [])).toEqual(["a.ts:1"]);
  });
});

const countLines = (text: string): number => text.split("\n").length - 1;

interface Comment {
  /** Its first line, counted from 1. */
  line: number;
  text: string;
}

/** Lists the comments that begin a line. Lines with two slashes that follow one another are one comment. */
function readComments(text: string): Comment[] {
  const pattern = /^[ \t]*(?:\/\*[\s\S]*?\*\/|\/\/.*(?:\n[ \t]*\/\/.*)*)/gm;
  return [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    line: text.slice(0, index).split("\n").length,
    text: found,
  }));
}

type Word = "Long" | "Short";
const reasonPattern = (word: Word): RegExp =>
  new RegExp(String.raw`\b${word === "Long" ? "Long(?:er than other files)?" : word}\s+because\b([\s\S]*)`);

/** Whether a comment of the text has the sentence with the reason. */
function hasReason(word: Word, text: string): boolean {
  return readComments(text).some((comment) => {
    const prose = comment.text.replace(/^[ \t]*(?:\/\*\*?|\/\/|\*(?!\/))/gm, "").replace(/\*\/$/, "");
    const reason = reasonPattern(word).exec(prose)?.[1] ?? "";
    return (
      reason.split(/[.?!](?:\s|$)/, 1).flatMap((sentence) => sentence.match(/[A-Za-z0-9]+/g) ?? []).length >=
      REASON_WORDS_MIN
    );
  });
}

/** Whether a reason stands in the first lines of a file, in a comment that is not a long function's. */
function hasFileReason(word: Word, path: string, text: string, functions: readonly LongFunction[]): boolean {
  return readComments(text).some(
    (comment) => comment.line <= TOP_LINES && hasReason(word, comment.text) && !isOfFunction(path, comment, functions),
  );
}

/** Lists the reasons of a file that belong neither to a long file nor to a long function. */
function findNeedless(path: string, text: string, functions: readonly LongFunction[]): string[] {
  return readComments(text)
    .filter((comment) => hasReason("Long", comment.text) && !isOfFunction(path, comment, functions))
    .filter(({ line }) => line > TOP_LINES || countLines(text) <= FILE_LINES_MAX)
    .map(({ line }) => `${path}:${line}`);
}

const isOfFunction = (path: string, { line }: Comment, functions: readonly LongFunction[]): boolean =>
  functions.some(
    ({ comment, ...found }) =>
      found.path === path && comment.line <= line && line < comment.line + comment.text.split("\n").length,
  );

function isParsed(path: string): boolean {
  return PARSED.some((folder) => path.startsWith(`${folder}/`)) && !/\.(test|e2e)\.tsx?$/.test(path);
}

const isProduct = (path: string): boolean =>
  /^(core|config|store|control|proxy|app|cli|mock|tools)\//.test(path) && !/\.test\.tsx?$/.test(path);

/** The files of the product that import a file, by its path. */
function findImporters(): Map<string, Set<string>> {
  const importers = new Map<string, Set<string>>();
  for (const [path, file] of parseAll()) {
    if (!isProduct(path)) continue;
    for (const { target } of readImports(file)) {
      const imported = target === null ? null : findOurPath(path, target);
      if (imported !== null) importers.set(imported, (importers.get(imported) ?? new Set()).add(path));
    }
  }
  return importers;
}

/** Folders whose functions are measured. The callbacks of a test are lists of promises, and no function is called by name. */
const PARSED = ["core", "config", "store", "control", "proxy", "app", "cli", "mock", "tools", "bench", "tests"];
let parsed: Map<string, SourceFile> | null = null;

interface LongFunction {
  path: string;
  line: number;
  lines: number;
  /** The lines of comment above the statement or member that the function belongs to. */
  comment: Comment;
}

const parseAll = (): Map<string, SourceFile> => {
  parsed ??= parseSources(PARSED);
  return parsed;
};

function longFunctions(): LongFunction[] {
  const found: LongFunction[] = [];
  for (const [path, file] of parseAll()) {
    const lines = file.text.split("\n");
    const lineAt = (position: number) => file.text.slice(0, position).split("\n").length;
    const visit = (node: Node): undefined => {
      if (isFunctionLikeDeclaration(node)) {
        const line = lineAt(node.getStart(file));
        const count = lineAt(node.end) - line + 1;
        if (count > FUNCTION_LINES_MAX)
          found.push({
            path,
            line,
            lines: count,
            comment: commentAbove(lines, lineAt(findOwner(node).getStart(file))),
          });
      }
      node.forEachChild(visit);
      return undefined;
    };
    visit(file);
  }
  return found;
}

/** The statement, member or property that a function stands in: the comment about it is above that. */
function findOwner(node: Node): Node {
  const isMember = isFunctionLikeDeclaration(node) && !isArrowFunction(node) && !isFunctionExpression(node);
  if (isMember || isStatement(node) || isPropertyDeclaration(node) || isPropertyAssignment(node)) return node;
  return findOwner(node.parent);
}

/** The lines of a comment right above a line, which is counted from 1. */
function commentAbove(lines: readonly string[], line: number): Comment {
  let first = line - 1;
  while (first > 0 && /^\s*(\/\/|\/?\*)/.test(lines[first - 1] ?? "")) first -= 1;
  return { line: first + 1, text: lines.slice(first, line - 1).join("\n") };
}
