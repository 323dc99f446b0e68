import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Node, SourceFile } from "typescript/unstable/ast";
import {
  isArrowFunction,
  isAsExpression,
  isCallExpression,
  isFunctionDeclaration,
  isFunctionExpression,
  isFunctionTypeNode,
  isIdentifier,
  isMethodDeclaration,
  isMethodSignatureDeclaration,
  isParameterDeclaration,
  isParenthesizedExpression,
  isParenthesizedTypeNode,
  isPrivateIdentifier,
  isPropertyAssignment,
  isPropertyDeclaration,
  isPropertySignatureDeclaration,
  isSatisfiesExpression,
  isStringLiteral,
  isUnionTypeNode,
  isVariableDeclaration,
} from "typescript/unstable/ast/is";
import { describe, expect, it } from "vitest";
import { parseFiles, parseTexts } from "#tests/support/parse-sources.ts";
import { visitAll } from "#tests/support/read-imports.ts";

const root = join(import.meta.dirname, "../..");
const WORDS_MAX = 20;

// New files count before they are added.
const args = ["ls-files", "-z", "-co", "--exclude-standard"];
const listed = new Set(execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0"));
const sources = new Map(
  [...listed]
    .filter(
      (file) =>
        existsSync(join(root, file)) &&
        /\.(ts|tsx|mjs)$/.test(file) &&
        !/^(tests\/fixtures\/releases|store\/generated)\//.test(file),
    )
    .map((file) => [file, readFileSync(join(root, file), "utf8")]),
);

/** A shorter function is read as fast as its docstring. */
const UNDOCUMENTED_LINES_MAX = 5;

/** Finds the exported functions of a text that have no docstring, as "line name". */
function findUndocumented(text: string): string[] {
  const lines = text.split("\n");
  return lines.flatMap((line, index) => {
    const name = /^export (?:default )?(?:async )?function\*? (\w+)/.exec(line)?.[1];
    const end = lines.indexOf("}", index);
    const isShort = end - index < UNDOCUMENTED_LINES_MAX;
    return name === undefined || isShort || lines[index - 1]?.endsWith("*/") ? [] : [`${index + 1} ${name}`];
  });
}

interface Comment {
  line: number;
  /** First paragraph, without the marks of a comment. A list, a tag and an empty line end it. */
  paragraph: string;
}

/** Reads the comments that begin a line. Lines with two slashes that follow one another are one comment. */
function readComments(text: string): Comment[] {
  const comments: { line: number; lines: string[] }[] = [];
  let open: "block" | "lines" | null = null;
  for (const [index, line] of text.split("\n").entries()) {
    const begins = /^\s*(\/\/|\/\*)/.exec(line)?.[1];
    if (open !== "block" && begins === undefined) open = null;
    else if (open === "block" || (open === "lines" && begins === "//")) comments.at(-1)?.lines.push(line);
    else comments.push({ line: index + 1, lines: [line] });
    if (open !== "block" && begins !== undefined) open = begins === "//" ? "lines" : "block";
    if (open === "block" && line.includes("*/")) open = null;
  }
  return comments.map(({ line, lines }) => ({ line, paragraph: joinParagraph(lines) }));
}

function joinParagraph(lines: readonly string[]): string {
  const words: string[] = [];
  for (const line of lines) {
    const text = line
      .replace(/^\s*(\/\*\*?|\*\/|\*|\/\/)\s?/, "")
      .replace(/\s*\*\/\s*$/, "")
      .trim();
    if (words.length > 0 && (text === "" || /^(-|@|\d+\.|\||```)/.test(text))) break;
    if (text !== "") words.push(text);
  }
  return words.join(" ");
}

const isDirective = (paragraph: string): boolean => /^(biome-ignore|@ts-|#|<reference)/.test(paragraph);

/** Words of the first sentence: a word holds a letter or a digit. */
function countFirstSentence(paragraph: string): number {
  const sentence = /^[\s\S]*?(?<!\b(?:e\.g|i\.e))[.?!](?=\s|$)/.exec(paragraph)?.[0] ?? paragraph;
  return sentence.split(/\s+/).filter((word) => /[A-Za-z0-9]/.test(word)).length;
}

/**
 * Reads the names of functions. They are declared ones, methods, what holds a function by its value or its type, and what
 * is called by its bare name. A getter is none, and neither is a type.
 */
function readFunctionNames(file: SourceFile): { at: number; name: string }[] {
  const found: { at: number; name: string }[] = [];
  visitAll(file, (node) => {
    const isCalled = isCallExpression(node) && isIdentifier(node.expression);
    const name = isCalled ? node.expression : (node as { name?: Node }).name;
    if (name === undefined || !(isCalled || isFunctionNamed(node))) return;
    if (!isIdentifier(name) && !isStringLiteral(name) && !isPrivateIdentifier(name)) return;
    found.push({ at: name.end, name: name.text });
  });
  return found;
}

function isFunctionNamed(node: Node): boolean {
  if (
    isFunctionDeclaration(node) ||
    isFunctionExpression(node) ||
    isMethodDeclaration(node) ||
    isMethodSignatureDeclaration(node)
  )
    return true;
  if (isPropertyAssignment(node)) return isFunction(node.initializer);
  if (isPropertySignatureDeclaration(node)) return holdsFunction(node.type);
  if (isVariableDeclaration(node) || isPropertyDeclaration(node) || isParameterDeclaration(node))
    return isFunction(node.initializer) || holdsFunction(node.type);
  return false;
}

function isFunction(node: Node | undefined): boolean {
  if (node === undefined) return false;
  if (isParenthesizedExpression(node) || isAsExpression(node) || isSatisfiesExpression(node))
    return isFunction(node.expression);
  return isArrowFunction(node) || isFunctionExpression(node);
}

/** Whether a type is that of a function, or of a function or nothing. */
function holdsFunction(type: Node | undefined): boolean {
  if (type === undefined) return false;
  if (isParenthesizedTypeNode(type)) return holdsFunction(type.type);
  return isUnionTypeNode(type) ? type.types.some(holdsFunction) : isFunctionTypeNode(type);
}

describe("names and comments", () => {
  it("recognises the functions and the comments of a text", () => {
    const text = [
      "// One two three.",
      "// Four.",
      "export const lineOf = (a: string): string => a;",
      "  /** Five six. */",
      "  export const idOf = new Map();",
    ].join("\n");

    expect(readComments(text)).toEqual([
      { line: 1, paragraph: "One two three. Four." },
      { line: 4, paragraph: "Five six." },
    ]);
    expect(countFirstSentence("One two, e.g. three. Four.")).toBe(4);
  });

  it.each<[text: string, names: string[]]>([
    ["// One.\nexport const lineOf = (a: string): string => a;", ["lineOf"]],
    ["export const rowOf = (\n  a: string,\n  b: string,\n): string => a + b;", ["rowOf"]],
    [
      "class A {\n  async rowOf(a: string): Promise<void> {}\n  #keyOf = () => 1;\n  get idOf() { return 1; }\n}",
      ["rowOf", "#keyOf"],
    ],
    ["function* partsOf(\n  a: string,\n) {}", ["partsOf"]],
    [
      "interface A {\n  keyOf: (a: string) => string;\n  rowOf(\n    a: string,\n  ): void;\n  idOf: string;\n}",
      ["keyOf", "rowOf"],
    ],
    ["function read(\n  rows: string[],\n  keyOf: (row: string) => string,\n): void {}", ["read", "keyOf"]],
    ["const read = (keyOf?: ((row: string) => string) | null) => keyOf;", ["read", "keyOf"]],
    [
      "export const a = {\n  rowOf: (a: string) => a,\n  'keyOf': async function () {},\n  idOf: 1,\n};",
      ["rowOf", "keyOf"],
    ],
    ["const rowOf = ((a: string) => a) satisfies Reader;\nconst keyOf: () => void = read;", ["rowOf", "keyOf"]],
    ["for (const keyOf of readers) keyOf(1);\nrows.indexOf(1);", ["keyOf"]],
    ["const idOf = new Map();\ntype RowOf = () => void;", []],
  ])("finds the functions of %j", (text, names) => {
    const [file] = parseTexts({ "core/planted.ts": text }).values();

    expect(file !== undefined && readFunctionNames(file).map(({ name }) => name)).toEqual(names);
  });

  it(`keeps the first sentence of a comment to ${WORDS_MAX} words`, () => {
    const all = [...sources].flatMap(([file, text]) => readComments(text).map((comment) => ({ file, ...comment })));
    const long = all.filter(({ paragraph }) => !isDirective(paragraph) && countFirstSentence(paragraph) > WORDS_MAX);

    expect(all.length).toBeGreaterThan(5_000);
    expect(long.map(({ file, line, paragraph }) => `${file}:${line} ${paragraph}`)).toEqual([]);
  });

  it(`says what an exported function of more than ${UNDOCUMENTED_LINES_MAX} lines does, above it`, () => {
    const silent = [...sources]
      .filter(([file]) => /^(core|config|store|control|proxy|app|cli|mock)\//.test(file))
      .flatMap(([file, text]) => findUndocumented(text).map((found) => `${file}:${found}`));

    expect(findUndocumented("/** One. */\nexport function a() {\n1\n2\n3\n4\n}")).toEqual([]);
    expect(findUndocumented("const b = 1;\nexport async function a() {\n1\n2\n3\n4\n}")).toEqual(["2 a"]);
    expect(silent).toEqual([]);
  });

  it("names no function by a noun and `Of`, since a verb says what it does", () => {
    const trees = parseFiles([...sources.keys()]);
    const all = [...trees].flatMap(([file, tree]) => readFunctionNames(tree).map((found) => ({ file, ...found })));
    const nouns = all.filter(({ name }) => /[a-z0-9]Of$/.test(name));

    expect([...sources.keys()].filter((file) => !trees.has(file))).toEqual([]);
    expect(all.length).toBeGreaterThan(5_000);
    const findLine = (file: string, at: number) => sources.get(file)?.slice(0, at).split("\n").length;
    expect(nouns.map(({ file, at, name }) => `${file}:${findLine(file, at)} ${name}`)).toEqual([]);
  });
});
