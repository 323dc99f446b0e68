import fc from "fast-check";
import { parse, stringify } from "smol-toml";
import { describe, expect, it } from "vitest";
import type { TomlNode } from "./toml-cursor.ts";
import { LineMap } from "./toml-mistake.ts";
import { scanToml } from "./toml-scan.ts";

/** line:column code of the first mistake. */
function mistakeIn(text: string): string {
  const scan = scanToml(text);
  if (scan.ok) return "none";
  const { line, column } = new LineMap(text).locate(scan.mistake.span);
  return `${line}:${column} ${scan.mistake.code}`;
}

/** The text of every value by its path. */
function readTexts(text: string): Record<string, string> {
  const scan = scanToml(text);
  if (!scan.ok) throw scan.mistake;
  const found: Record<string, string> = {};
  const visit = (node: TomlNode, path: string) => {
    if (!node.children && !node.items) found[path] = text.slice(node.value.start, node.value.end);
    for (const [key, child] of node.children ?? []) visit(child, `${path}/${key}`);
    node.items?.forEach((child, index) => void visit(child, `${path}/${index}`));
  };
  visit(scan.root, "");
  return found;
}

describe("the places of a TOML text", () => {
  it("finds the span of every kind of key, text, list and table", () => {
    const texts = readTexts(`\ufeff# start
top = "a # no comment" # a comment
"quoted key" = 'single \\ quoted'
a.b . "c.d" = 1_000.5e3
multi = """one "two" \\""" three""""
lines = '''
raw'''
list = [ # of
  [1, 2,],
  { x = [true], y.z = 1979-05-27 07:32:00 },
]
[table.sub]
k = -0xFF
[[many]]
k = 1
[many.inner]
k = 2
[[many]]
k = +inf
[table]
k = 07:32:00
`);

    expect(texts).toEqual({
      "/top": '"a # no comment"',
      "/quoted key": "'single \\ quoted'",
      "/a/b/c.d": "1_000.5e3",
      "/multi": '"""one "two" \\""" three""""',
      "/lines": "'''\nraw'''",
      "/list/0/0": "1",
      "/list/0/1": "2",
      "/list/1/x/0": "true",
      "/list/1/y/z": "1979-05-27 07:32:00",
      "/table/sub/k": "-0xFF",
      "/table/k": "07:32:00",
      "/many/0/k": "1",
      "/many/0/inner/k": "2",
      "/many/1/k": "+inf",
    });
  });

  it("finds spans in the shape of the values, in any text a TOML writer writes", () => {
    const key = fc.oneof(
      fc.string({ unit: fc.constantFrom("a", "B", "-", "_", "1"), minLength: 1, maxLength: 4 }),
      fc.string({ minLength: 1, maxLength: 5 }),
    );
    const leaf = fc.oneof(
      fc.string(),
      fc.string({ unit: "grapheme" }),
      fc.boolean(),
      fc.integer(),
      fc.double({ noDefaultInfinity: true, noNaN: true }),
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small" },
        leaf,
        fc.array(leaf, { maxLength: 4 }),
        fc.dictionary(key, tie("value"), { maxKeys: 4 }),
        fc.array(fc.dictionary(key, tie("value"), { minKeys: 1, maxKeys: 3 }), { minLength: 1, maxLength: 3 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, value, { maxKeys: 5 }), (document) => {
        const text = stringify(document);
        const scan = scanToml(text);
        if (!scan.ok) throw scan.mistake;
        expect(shapeOfNode(scan.root)).toEqual(shapeOfValue(parse(text)));
      }),
      { numRuns: 500 },
    );
  });
});

const shapeOfNode = ({ children, items, kind }: TomlNode): unknown => {
  if (items) return items.map(shapeOfNode);
  if (kind === "scalar") return "scalar";
  return Object.fromEntries([...(children ?? [])].map(([key, child]) => [`/${key}`, shapeOfNode(child)]));
};
const shapeOfValue = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(shapeOfValue);
  if (typeof value !== "object" || value === null || value instanceof Date) return "scalar";
  return Object.fromEntries(Object.entries(value).map(([key, child]) => [`/${key}`, shapeOfValue(child)]));
};

describe("the first mistake", () => {
  it.each([
    // A missing ] is reported where it belongs, even when a later one closed the wrong list.
    [`rules = [\n  ["a", "b"],\n  ["c", "d",\n  ["e", "f"],\n]\n\n[analytics]\n`, "3:12 open-list"],
    [`rules = [\n  ["a", "b"],\n  ["c", "d"\n  ["e", "f"],\n]\n`, "3:12 open-list"],
    [`rules = [\n  ["a", "b"],\n  ["c", "d"\n]\n[analytics]\n`, "3:12 open-list"],
    [`rules = [\n  ["a", "b"],\n\n[analytics]\nx = 1\n`, "2:13 open-list"],
    [`rules = [\n  ["a", "b"]\nenabled = true\n`, "2:13 open-list"],
    [`rules = [\n  ["a", "b"],`, "2:13 open-list"],
    ["rules = [1, 2}\n", "1:14 open-list"],
    ["[overrides\nenabled = true\n", "1:11 open-header"],
    ["[[rule]\nfrom = 1\n", "1:8 open-header"],
    [`a = { b = 1, c = 2\nd = 3\n`, "1:19 open-table"],
    // Open text.
    [`a = "b\nc = "d"\n`, "1:5 open-string"],
    [`rules = [\n  ["a", "b],\n]`, "2:9 open-string"],
    [`rules = [\n  ["a, "b"],\n]`, "2:4 open-string"],
    [`a = """b\nc = 1\n`, "1:5 open-string"],
    [`a = 'b\n`, "1:5 open-string"],
    // Commas.
    [`a = ["b" "c"]`, "1:9 missing-comma"],
    [`a = [\n  ["b", "c"]\n  ["d", "e"]\n]`, "2:13 missing-comma"],
    [`a = { b = 1 c = 2 }`, "1:12 missing-comma"],
    ["a = [1,, 2]", "1:8 stray-comma"],
    ["a = 1,\n", "1:6 stray-separator"],
    ["a = 1;\n", "1:6 stray-separator"],
    // = and its look-alikes.
    ["enabled true\n", "1:8 missing-equals"],
    ["enabled: true\n", "1:8 missing-equals"],
    ["enabled == true\n", "1:9 missing-equals"],
    ["a => 1\n", "1:3 missing-equals"],
    ["a =\n", "1:4 missing-value"],
    // Texts.
    [`a = "C:\\q"`, "1:8 bad-escape"],
    [`a = "\\u12"`, "1:6 bad-escape"],
    ["a = “b”\n", "1:5 smart-quotes"],
    ["a = [“b”, 1]", "1:6 smart-quotes"],
    ["‘a’ = 1", "1:1 smart-quotes"],
    ["a = claude-opus\n", "1:5 unquoted-text"],
    ['a = "\u0000"', "1:6 control-character"],
    // Words and numbers.
    ["a = True # yes\n", "1:5 wrong-boolean"],
    ["a = FALSE\r\n", "1:5 wrong-boolean"],
    ["a = [yes]\n", "1:6 wrong-boolean"],
    ["a = null\n", "1:5 no-null"],
    ["a = 50%\n", "1:5 bad-number"],
    ["a = 007\n", "1:5 bad-number"],
    // Doubles.
    ["a = 1\nb = 2\na = 3\n", "3:1 duplicate-key"],
    ["[a]\n[b]\n[a]\n", "3:1 duplicate-key"],
    ["a = { b = 1, b = 2 }", "1:14 duplicate-key"],
    ["[[a]]\n[a]\n", "2:1 duplicate-key"],
    // Names and lines.
    ["claude-opus-* = 1\n", "1:1 key-needs-quotes"],
    ["= 1\n", "1:1 missing-key"],
    ["a = 1 b = 2\n", "1:7 line-end"],
    ["[a] b = 1\n", "1:5 line-end"],
    ["// a\n", "1:1 slash-comment"],
    ["a = 1 // b\n", "1:7 slash-comment"],
    ["a = 1\n<<<<<<< HEAD\n", "2:1 merge-conflict"],
  ])("places the first mistake of %j at %s", (text, expected) => {
    expect(mistakeIn(text)).toBe(expected);
    expect(() => parse(text)).toThrow();
  });

  it("finds no mistake where the reader of values finds none", () => {
    const piece = fc.constantFrom(
      "[",
      "]",
      "[[",
      "]]",
      "{",
      "}",
      " = ",
      ",",
      '"a"',
      "'b'",
      '"""c"""',
      "\n",
      "\r\n",
      "# x\n",
      ".",
      "a",
      "b",
      "c = ",
      "true",
      "1",
      "1.5",
      "2026-11-22",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        const text = pieces.join("");
        if (isReadable(text)) expect(mistakeIn(text)).toBe("none");
      }),
      { numRuns: 20_000 },
    );
  });

  it("finds a mistake in a line of a million characters without walking it again for each item", () => {
    expect(scanToml(`a = [${"[1],".repeat(200_000)}]`).ok).toBe(true);
    expect(scanToml(`a = [${"b ".repeat(200_000)}]`).ok).toBe(false);
    expect(mistakeIn(`a = [[a${" ".repeat(200_000)}x`)).toBe("1:7 unquoted-text");
  });
});

function isReadable(text: string): boolean {
  try {
    parse(text);
    return true;
  } catch {
    return false;
  }
}
