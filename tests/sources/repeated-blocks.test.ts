import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

/** A block of more lines than this stands in one place (CONTRIBUTING.md). Blank lines, comments and imports do not count. */
const SAME_LINES_MAX = 10;

/** Pairs that stay, each with the reason. Remove one when it no longer applies; add none without a measurement. */
const accepted: Record<string, string> = {
  "proxy/request/event-fields.ts = proxy/request/event-fields.ts":
    "one flat literal each: with the open fields spread into the event, building it was the costliest thing the proxy did itself",
};

const root = join(import.meta.dirname, "../..");
const isCode = (path: string): boolean =>
  /\.(tsx?|mjs|css)$/.test(path) && !/^(store\/generated|tests\/fixtures)\//.test(path);
const paths = execFileSync("git", ["ls-files", "-z", "-co", "--exclude-standard"], { cwd: root, encoding: "utf8" })
  .split("\0")
  .filter((path) => isCode(path) && existsSync(join(root, path)));
const files = [...new Set(paths)].map((path) => ({ path, lines: codeLines(readFileSync(join(root, path), "utf8")) }));

describe("a block of code", () => {
  it("of more than ten lines stands in one place", () => {
    const found = repeatedBlocks(files).filter(({ pair }) => !(pair in accepted));

    expect(files.length).toBeGreaterThan(900);
    expect(found.map(({ pair, at, lines }) => `${pair}: ${lines} lines, at ${at}`)).toEqual([]);
  });

  it("is found by this test wherever it is repeated", () => {
    const block = Array.from({ length: SAME_LINES_MAX + 1 }, (_, at) => ({ text: `step(${at});`, number: at + 1 }));
    const other = [{ text: "begin();", number: 1 }, ...block.map(({ text, number }) => ({ text, number: number + 1 }))];
    const files = [
      { path: "a.ts", lines: block },
      { path: "b.ts", lines: other },
    ];

    expect(repeatedBlocks(files)).toEqual([{ pair: "a.ts = b.ts", at: "1 and 2", lines: SAME_LINES_MAX + 1 }]);
    expect(repeatedBlocks([{ path: "a.ts", lines: block.slice(1) }, files[1] as CodeFile])).toEqual([]);
    expect(repeatedBlocks([{ path: "twice.ts", lines: [...block, ...block] }])).toHaveLength(1);
  });

  it("that may stand in two places still does", () => {
    const pairs = new Set(repeatedBlocks(files).map(({ pair }) => pair));

    expect(Object.keys(accepted).filter((pair) => !pairs.has(pair))).toEqual([]);
  });
});

interface CodeFile {
  path: string;
  lines: readonly { text: string; number: number }[];
}

interface Repeated {
  pair: string;
  /** The lines in which the two blocks begin. */
  at: string;
  lines: number;
}

/** The lines of a text that say something, without the white space around them. */
function codeLines(text: string): CodeFile["lines"] {
  const withoutImports = text.replace(/^import\b[^;]*;$/gm, (statement) => statement.replace(/[^\n]/g, ""));
  return withoutImports
    .split("\n")
    .map((line, at) => ({ text: line.trim(), number: at + 1 }))
    .filter((line) => line.text !== "" && !/^(\/\/|\/?\*)/.test(line.text));
}

/** Every longest run of equal lines in two places, longer than is allowed. */
function repeatedBlocks(all: readonly CodeFile[]): Repeated[] {
  const size = SAME_LINES_MAX + 1;
  const places = new Map<string, { file: CodeFile; at: number }[]>();
  for (const file of all) {
    for (let at = 0; at + size <= file.lines.length; at += 1) {
      const key = file.lines
        .slice(at, at + size)
        .map(({ text }) => text)
        .join("\n");
      const same = places.get(key);
      if (same === undefined) places.set(key, [{ file, at }]);
      else same.push({ file, at });
    }
  }
  const found: Repeated[] = [];
  for (const same of places.values()) {
    for (const [index, one] of same.entries()) {
      for (const other of same.slice(index + 1)) {
        const isInside = one.at > 0 && textAt(one, -1) === textAt(other, -1);
        if (isInside) continue;
        let lines = size;
        while (textAt(one, lines) !== undefined && textAt(one, lines) === textAt(other, lines)) lines += 1;
        const at = `${one.file.lines[one.at]?.number} and ${other.file.lines[other.at]?.number}`;
        found.push({ pair: `${one.file.path} = ${other.file.path}`, at, lines });
      }
    }
  }
  return found;
}

const textAt = ({ file, at }: { file: CodeFile; at: number }, offset: number): string | undefined =>
  file.lines[at + offset]?.text;
