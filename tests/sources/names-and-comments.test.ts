import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

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
        file !== "tests/sources/names-and-comments.test.ts" &&
        !/^(tests\/fixtures\/releases|store\/generated)\//.test(file),
    )
    .map((file) => [file, readFileSync(join(root, file), "utf8")]),
);

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

/** Names of functions, methods and members that hold a function, with the line of each. */
function readFunctionNames(text: string): { line: number; name: string }[] {
  const forms =
    /\bfunction\*? (\w+)|\b(?:const|let) (\w+)(?:: [^=]+)? = (?:async )?(?:\([^()]*\)[^=\n]*=>|\w+ =>|<)|^\s+(?:(?:async|private|static|readonly) )*(\w+)(?:\([^()]*\)(?:: [^{;]+)? ?[{;]|: (?:async )?\([^()]*\) =>)/;
  return text.split("\n").flatMap((line, index) => {
    const name = forms.exec(line)?.slice(1).find(Boolean);
    return name === undefined ? [] : [{ line: index + 1, name }];
  });
}

describe("names and comments", () => {
  it("recognises the functions and the comments of a text", () => {
    const text = [
      "// One two three.",
      "// Four.",
      "export const lineOf = (a: string): string => a;",
      "  /** Five six. */",
      "  async rowOf(a: string): Promise<void> {",
      "function* partsOf(a: string) {",
      "  keyOf: (a: string) => string;",
      "  const idOf = new Map();",
    ].join("\n");

    expect(readComments(text)).toEqual([
      { line: 1, paragraph: "One two three. Four." },
      { line: 4, paragraph: "Five six." },
    ]);
    expect(countFirstSentence("One two, e.g. three. Four.")).toBe(4);
    expect(readFunctionNames(text).map(({ name }) => name)).toEqual(["lineOf", "rowOf", "partsOf", "keyOf"]);
  });

  it(`keeps the first sentence of a comment to ${WORDS_MAX} words`, () => {
    const all = [...sources].flatMap(([file, text]) => readComments(text).map((comment) => ({ file, ...comment })));
    const long = all.filter(({ paragraph }) => !isDirective(paragraph) && countFirstSentence(paragraph) > WORDS_MAX);

    expect(all.length).toBeGreaterThan(5_000);
    expect(long.map(({ file, line, paragraph }) => `${file}:${line} ${paragraph}`)).toEqual([]);
  });

  it("names no function by a noun and `Of`, since a verb says what it does", () => {
    const all = [...sources].flatMap(([file, text]) => readFunctionNames(text).map((found) => ({ file, ...found })));
    const nouns = all.filter(({ name }) => /[a-z0-9]Of$/.test(name));

    expect(all.length).toBeGreaterThan(5_000);
    expect(nouns.map(({ file, line, name }) => `${file}:${line} ${name}`)).toEqual([]);
  });
});
