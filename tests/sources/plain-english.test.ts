import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/**
 * Words that code, comments, test titles, screens and pages do without. A reader who greps one line out of context
 * cannot know what they refer to. Use the field's term, or name the subject: the caller, the worker, the file.
 */
const refused = [
  "nobody",
  "somebody",
  "anybody",
  "whoever",
  "whatever",
  "hear",
  "hears",
  "tell",
  "tells",
  "told",
  "anew",
  "so many",
  "mend",
  "mends",
  "mended",
  "at hand",
  "of its own",
  "of their own",
  "by itself",
  "by themselves",
];

/** Names that were replaced everywhere: a reader who meets one looks for a thing that is called otherwise. */
const renamed = ["ballast", "desk", "inbox", "lane", "lanes", "letGo", "saysTheSame"];

/** Literal texts that stay: values of the API, names in files of kept state, and this file's own list. */
const literals: readonly { file: RegExp; text: string }[] = [
  {
    file: /^proxy\/ledger\/(messages|client\/(kept-state|ledger-news)|thread\/budget-sync)(\.test)?\.ts$/,
    text: "told",
  },
  { file: /^tests\/proxy\/(keys\/(holder-sums|key-budgets)|ledger\/ledger-committed)\.test\.ts$/, text: "told" },
  { file: /^tests\/support\/kept-messages\.ts$/, text: "told" },
  { file: /^(app\/\(console\)\/connect\/|control\/connect\/|tests\/control\/connect-credentials\.)/, text: "anybody" },
  { file: /^control\/session\/common-passwords\.ts$/, text: "whatever" },
  // What a person is asked to do, and what a person wrote.
  { file: /^app\/\(console\)\/connect\/stray-words\.ts$/, text: "Tell" },
  { file: /^core\/activity\/shown-names\.test\.ts$/, text: "tell" },
  // The field's term for a part of a vector.
  { file: /^core\/json-index\/json-engine\.wat$/, text: "lane" },
  // The name of a file that earlier releases wrote.
  { file: /^(proxy\/spool\/disk-reserve\.ts|docs\/operate\.md)$/, text: "ballast" },
];

const root = join(import.meta.dirname, "../..");
const isSource = (file: string): boolean =>
  /\.(ts|tsx|mjs|wat|c|css|md|prisma|sql|sh|go|tpl|conf|service|proto|ya?ml|toml|txt|cfg)$|(^|\/)Dockerfile$/.test(
    file,
  ) && !/^(tests\/fixtures\/|store\/generated\/|tests\/sources\/plain-english\.test\.ts$)/.test(file);

/** The folder a file is counted in: docs/howto apart from docs, else the first folder of its path. */
const toFolder = (file: string): string =>
  file.startsWith("docs/howto/") ? "docs/howto" : file.includes("/") ? file.slice(0, file.indexOf("/")) : ".";

const capitalize = (word: string): string => word.replace(/^./, (first) => first.toUpperCase());

/** What may stand between two words: white space, a hyphen, the mark of a comment on the next line. */
const GAP = String.raw`(?:-|\s+(?:(?:\*|//|;;|--|#|>|\|)\s+)?)`;

/**
 * Builds the pattern of a word or phrase, which also finds it inside a name: `isToldTwice`, `NOBODY_HOME`, `so_many`.
 * A capital ends a word, so case is not ignored as a whole.
 */
function buildPattern(phrase: string): string {
  const words = phrase.split(" ");
  const [first = "", ...others] = words;
  const camel = others.map(capitalize).join("");
  const begin = `(?:(?<![A-Za-z])${first}|${capitalize(first)})`;
  const upper = `(?<![A-Za-z])${words.map((word) => word.toUpperCase()).join(`(?:_|${GAP})`)}(?![A-Za-z])`;
  const spaced = others.map((word) => `(?:_|${GAP})${word}`).join("");
  return `${begin}(?:${spaced}|${camel})(?![a-z])|${upper}`;
}

const pattern = new RegExp([...refused, ...renamed].map(buildPattern).join("|"), "g");

interface Hit {
  line: number;
  found: string;
}

/** Finds refused words in a text, also where a phrase goes over the end of a line. */
const findRefused = (text: string): Hit[] =>
  [...text.matchAll(pattern)].map(({ 0: found, index }) => ({
    line: text.slice(0, index).split("\n").length,
    found: found.replace(/\s[\s*/;#>|-]*/g, " "),
  }));

const hitsIn = (file: string): string[] =>
  findRefused(readFileSync(join(root, file), "utf8"))
    .filter(({ found }) => !literals.some(({ file: where, text }) => where.test(file) && text === found))
    .map(({ line, found }) => `${file}:${line} ${found}`);

describe("plain English", () => {
  // New files count before they are added.
  const args = ["ls-files", "-z", "-co", "--exclude-standard"];
  const listed = new Set(execFileSync("git", args, { cwd: root, encoding: "utf8" }).split("\0"));
  const files = [...listed].filter((file) => isSource(file) && existsSync(join(root, file)));
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = toFolder(file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), ...hitsIn(file)]);
  }

  it.each([
    ["// Asked by nobody.", "nobody"],
    ["Nobody asks.", "Nobody"],
    ["const toldRules = 1;", "told"],
    ["function isToldTwice() {}", "Told"],
    ["function isSomebodyReading() {}", "Somebody"],
    ["const NOBODY_HOME = 1;", "NOBODY"],
    ["const IS_TOLD = 1;", "TOLD"],
    ["const is_told = 1;", "told"],
    ["there are so many", "so many"],
    [" * there are so\n * many", "so many"],
    ["// so\n  // many", "so many"],
    [";; done by\n  ;; itself", "by itself"],
    ["-- of\n-- its own", "of its own"],
    ["const soMany = 1;", "soMany"],
    ["const isSoMany = 1;", "SoMany"],
    ["const SO_MANY = 1;", "SO_MANY"],
    ["letGo()", "letGo"],
    ["this.inbox.add()", "inbox"],
  ])("finds the word in %s", (text, found) => {
    expect(findRefused(text).map((hit) => hit.found)).toEqual([found]);
  });

  it.each([
    "amend",
    "recommended",
    "shear",
    "retell",
    "desktop",
    "planes",
    "Hearing",
    "so; many",
    "is so.\n\nMany",
    "AMEND",
  ])("finds none in %s", (text) => {
    expect(findRefused(text)).toEqual([]);
  });

  it("reads the sources of every layer", () => {
    expect([...byFolder.keys()]).toEqual(expect.arrayContaining(["app", "core", "proxy", "docs", "docs/howto"]));
  });

  it.each([...byFolder.keys()].sort())("uses no refused word in %s", (folder) => {
    expect(byFolder.get(folder)).toEqual([]);
  });
});
