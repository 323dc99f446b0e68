import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anyCharacter } from "#tests/support/any-character.ts";
import { type CsvColumn, csvLine, csvLines, neutralised } from "./csv.ts";

interface Row {
  name: string | null;
  amount: string | number | bigint | null;
}
const columns: CsvColumn<Row>[] = [
  { header: "name", kind: "text", value: (row) => row.name },
  { header: "amount", kind: "number", value: (row) => row.amount },
];

const wholeFile = (shown: readonly CsvColumn<Row>[], rows: Iterable<Row>) => [...csvLines(shown, rows)].join("");

/** A plain RFC 4180 reader: cells keep their quotes' content, and say whether they were quoted. */
function parseCsv(text: string): { text: string; quoted: boolean }[][] {
  const lines: { text: string; quoted: boolean }[][] = [];
  let line: { text: string; quoted: boolean }[] = [];
  for (let at = 0; at < text.length; ) {
    const match = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
    match.lastIndex = at;
    const found = match.exec(text);
    if (!found) throw new Error(`not RFC 4180 at ${at}`);
    line.push({ text: (found[1] ?? found[2] ?? "").replaceAll('""', '"'), quoted: found[1] !== undefined });
    if (found[3] === "\r\n") {
      lines.push(line);
      line = [];
    }
    at = match.lastIndex;
  }
  return lines;
}

const edges = fc.constantFrom(..."=+-@＝＋－＠\t\r\n\"',; \u00a0\uFEFF\u200B\u0000", "é", "a", "1", "😀");
const naughty = fc.oneof(fc.string({ unit: edges }), fc.string({ unit: anyCharacter }));
const triggers = /^[=+\-@\t\r\n＝＋－＠]/;

describe("CSV", () => {
  it("writes a header, quoted text, bare numbers and empty cells for null", () => {
    const rows: Row[] = [
      { name: 'Say "hi", twice', amount: "-0.001200000" },
      { name: null, amount: null },
      { name: "", amount: 12n },
    ];

    expect(wholeFile(columns, rows)).toBe('name,amount\r\n"Say ""hi"", twice",-0.001200000\r\n,\r\n"",12\r\n');
  });

  it("T47: neutralises what a spreadsheet could run", () => {
    const dangerous = [
      "=1+1",
      "+1",
      "-1",
      "@SUM(A1)",
      "\t=1",
      "\r=1",
      "\n=1",
      "＝1",
      "＋1",
      "－1",
      "＠x",
      " =1",
      "\uFEFF=1",
      "\u200B@x",
      '=HYPERLINK("x")',
    ];

    expect(dangerous.map(neutralised)).toEqual(dangerous.map((text) => `'${text}`));
  });

  it("leaves harmless text as it is", () => {
    const harmless = ["claude-opus-5-5", "a=b", "1 - 2", "", " x", "'quoted'", "héllo", "100%"];

    expect(harmless.map(neutralised)).toEqual(harmless);
  });

  it("T47: never exports a text cell that starts with a trigger, for any text", () => {
    fc.assert(
      fc.property(naughty, naughty, (name, amount) => {
        const [cells = []] = parseCsv(csvLine(columns, { name, amount }));

        for (const cell of cells) if (cell.quoted) expect(cell.text).not.toMatch(triggers);
        expect(cells[0]?.quoted).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });

  it("T47: neutralises headers too", () => {
    expect(wholeFile([{ header: "=1", kind: "text", value: () => null }], [])).toBe(`"'=1"\r\n`);
  });

  it("reads back as it was written, but for the apostrophe", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ name: fc.option(naughty), amount: fc.option(fc.bigInt()) })), (rows) => {
        const [header, ...lines] = parseCsv(wholeFile(columns, rows));

        expect(header?.map((cell) => cell.text)).toEqual(["name", "amount"]);
        expect(lines.map((line) => line.map((cell) => cell.text))).toEqual(
          rows.map((row) => [
            row.name === null ? "" : neutralised(row.name),
            row.amount === null ? "" : row.amount.toString(),
          ]),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("keeps true numbers numeric, negative ones too, and treats anything else as text", () => {
    fc.assert(
      fc.property(fc.oneof(fc.bigInt(), fc.integer(), fc.stringMatching(/^-?\d{1,9}\.\d{9}$/)), (amount) => {
        expect(csvLine(columns, { name: null, amount })).toBe(`,${amount}\r\n`);
      }),
    );
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, 1e21, "-1+cmd", "1e5", "--1", "-", "1,5"];
    for (const amount of odd) expect(csvLine(columns, { name: null, amount })).toMatch(/^,"/);
  });
});
