import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
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

/**
 * Lengths that need a reason (CONTRIBUTING.md). The reason stands in a comment as "Long because …" or "Short because …",
 * so that one search finds all of them: `grep -rE "(Long|Short) because"`.
 */
const FILE_LINES_MAX = 250;
const FUNCTION_LINES_MAX = 50;
const FILE_LINES_MIN = 30;

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
  it("of more than 250 lines says why it is long", () => {
    const unexplained = [...texts]
      .filter(([, text]) => countLines(text) > FILE_LINES_MAX && !hasReason("Long", text))
      .map(([path, text]) => `${path}: ${countLines(text)} lines`);

    expect(texts.size).toBeGreaterThan(900);
    expect(unexplained).toEqual([]);
  });

  it("of less than 30 lines that one file imports says why it is apart", () => {
    const importers = findImporters();
    const unexplained = [...texts]
      .filter(([path, text]) => countLines(text) < FILE_LINES_MIN && importers.get(path)?.size === 1 && isProduct(path))
      .filter(([path]) => !texts.has(path.replace(/(\.tsx?)$/, ".test$1")))
      .filter(([path, text]) => !shortKinds.some(({ files }) => files.test(path)) && !hasReason("Short", text))
      .map(([path, text]) => `${path}: ${countLines(text)} lines, for ${[...(importers.get(path) ?? [])]}`);

    expect(unexplained).toEqual([]);
  });

  it("gives a reason only for a length that needs one", () => {
    const long = longFunctions();
    const needless = [...texts]
      .filter(([path, text]) => hasReason("Long", text) && countLines(text) <= FILE_LINES_MAX && isParsed(path))
      .filter(([path]) => !long.some((found) => found.path === path))
      .map(([path]) => path);

    expect(needless).toEqual([]);
  });
});

describe("a function", () => {
  it("of more than 50 lines says why it is long", () => {
    const unexplained = longFunctions()
      .filter(({ comment }) => !hasReason("Long", comment))
      .map(({ path, line, lines }) => `${path}:${line}: ${lines} lines`);

    expect(unexplained).toEqual([]);
  });
});

const countLines = (text: string): number => text.split("\n").length - 1;

/** Whether a comment of the text holds the sentence with the reason. */
function hasReason(word: "Long" | "Short", text: string): boolean {
  const begin = word === "Long" ? "Long(er than other files)?" : "Short";
  return new RegExp(String.raw`^\s*(//|/?\*).*\b${begin} because\b`, "m").test(text);
}

function isParsed(path: string): boolean {
  return PARSED.some((folder) => path.startsWith(`${folder}/`)) && !/\.(test|e2e)\.tsx?$/.test(path);
}

const isProduct = (path: string): boolean =>
  /^(core|config|store|control|proxy|app|cli|mock|tools)\//.test(path) && !/\.test\.tsx?$/.test(path);

/** The files of the product that import a file, by its path. */
function findImporters(): Map<string, Set<string>> {
  const importers = new Map<string, Set<string>>();
  for (const [path, text] of texts) {
    if (!isProduct(path)) continue;
    for (const [, name = ""] of text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*["']([#.][^"']+)["']/g)) {
      const target = name.startsWith("#") ? name.slice(1) : normalize(join(dirname(path), name));
      importers.set(target, (importers.get(target) ?? new Set()).add(path));
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
  /** The comment above the statement or member that the function belongs to. */
  comment: string;
}

function longFunctions(): LongFunction[] {
  parsed ??= parseSources(PARSED);
  const found: LongFunction[] = [];
  for (const [path, file] of parsed) {
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
function commentAbove(lines: readonly string[], line: number): string {
  let first = line - 1;
  while (first > 0 && /^\s*(\/\/|\/?\*)/.test(lines[first - 1] ?? "")) first -= 1;
  return lines.slice(first, line - 1).join("\n");
}
