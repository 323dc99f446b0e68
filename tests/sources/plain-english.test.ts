import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
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
];

const root = join(import.meta.dirname, "../..");
const isSource = (file: string): boolean =>
  /\.(ts|tsx|mjs|css|md|prisma|sh|ya?ml|toml)$/.test(file) &&
  !/^(tests\/fixtures\/|store\/generated\/|tests\/sources\/plain-english\.test\.ts$)/.test(file);

/** The folder a file is counted in: docs/howto apart from docs, else the first folder of its path. */
const toFolder = (file: string): string =>
  file.startsWith("docs/howto/") ? "docs/howto" : file.includes("/") ? file.slice(0, file.indexOf("/")) : ".";

// Match a word also as the first word of a name in camel case, as in `toldRules`. A capital ends a word, so case is not
// ignored as a whole.
const words = refused.map((word) => word.replace(/^./, (first) => `[${first}${first.toUpperCase()}]`));
const pattern = new RegExp(`(?<![A-Za-z])(?:${words.join("|").replaceAll(" ", "\\s+")})(?![a-z])`, "g");

function hitsIn(file: string): string[] {
  const hits: string[] = [];
  for (const [index, line] of readFileSync(join(root, file), "utf8").split("\n").entries()) {
    for (const [found] of line.matchAll(pattern)) {
      if (literals.some(({ file: where, text }) => where.test(file) && text === found)) continue;
      hits.push(`${file}:${index + 1} ${found}`);
    }
  }
  return hits;
}

describe("plain English", () => {
  const tracked = execFileSync("git", ["ls-files", "-z"], { cwd: root, encoding: "utf8" }).split("\0");
  const files = tracked.filter(isSource);
  const byFolder = new Map<string, string[]>();
  for (const file of files) {
    const folder = toFolder(file);
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), ...hitsIn(file)]);
  }

  it("reads the sources of every layer", () => {
    expect([...byFolder.keys()]).toEqual(expect.arrayContaining(["app", "core", "proxy", "docs", "docs/howto"]));
  });

  it.each([...byFolder.keys()].sort())("uses no refused word in %s", (folder) => {
    expect(byFolder.get(folder)).toEqual([]);
  });
});
