import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import wabt from "wabt";
import { JSON_ENGINE_WASM } from "./json-engine-wasm.ts";
import { quickFields } from "./json-fields.ts";
import { DEPTH_MAX, type Field, JsonScan, ScanProblem } from "./json-scan.ts";

const encoder = new TextEncoder();

const places = (fields: readonly Field[]) =>
  fields.map(({ name, isEscaped, keyStart, start, end }) => ({ name, isEscaped, keyStart, start, end }));

/** What the outline finds; a key with a wrong escape belongs to no field. */
function found(bytes: Uint8Array) {
  try {
    const fields = quickFields(bytes);
    return fields === null ? null : places(fields);
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
}

function scanned(bytes: Uint8Array) {
  const scan = new JsonScan(bytes);
  try {
    scan.advance();
  } catch (problem) {
    if (problem instanceof ScanProblem) return null;
    throw problem;
  }
  return scan.isObject ? places(scan.fields) : null;
}

/** White space of every kind where JSON allows it. */
const spaced = (text: string, spaces: readonly string[]): string => {
  let at = 0;
  return text.replace(
    /"(?:[^"\\]|\\.)*"|[{}[\],:]/g,
    (token) => `${spaces[at++ % spaces.length]}${token}${spaces[at++ % spaces.length]}`,
  );
};

const space = fc.constantFrom("", "", "", " ", "\n", "\t\r\n  ");
const plainNumber = fc.oneof(fc.integer(), fc.constantFrom(0, -0.5, 12.25, -7));
const text = fc.oneof(
  fc.string(),
  fc.string({ unit: "grapheme" }),
  fc.constantFrom('"', "\\", '\\"'.repeat(40), "x".repeat(300), ""),
);
const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ maxDepth: 5 }, plainNumber, text, fc.boolean(), fc.constant(null), tie("list"), tie("object")),
  list: fc.array(tie("value"), { maxLength: 5 }),
  object: fc.dictionary(text, tie("value"), { maxKeys: 5 }),
}));
const objects = fc
  .tuple(fc.dictionary(text, value, { maxKeys: 8 }), fc.array(space, { minLength: 3, maxLength: 7 }))
  .map(([object, spaces]) => encoder.encode(spaced(JSON.stringify(object), spaces)));

describe("the outline of a document", () => {
  it("finds the same fields as the scan, for objects of all kinds", () => {
    fc.assert(
      fc.property(objects, (bytes) => {
        const fields = found(bytes);
        expect(fields).not.toBeNull();
        expect(fields).toEqual(scanned(bytes));
      }),
      { numRuns: 2_000 },
    );
  });

  it("finds no outline where the scan finds none: bytes changed, cut out, put in or cut off anywhere", () => {
    const byte = fc.oneof(
      fc.constantFrom(...encoder.encode('{}[],:"\\ \n0-.eEtfn1')),
      fc.integer({ min: 0, max: 255 }),
    );
    const changes = fc.array(fc.tuple(fc.nat(), fc.constantFrom("set", "cut", "insert", "end"), byte), {
      minLength: 1,
      maxLength: 3,
    });
    fc.assert(
      fc.property(objects, changes, (original, list) => {
        let bytes = [...original];
        for (const [place, kind, put] of list) {
          const at = place % (bytes.length + 1);
          if (kind === "set") bytes[Math.min(at, bytes.length - 1)] = put;
          else if (kind === "cut") bytes.splice(at, 1);
          else if (kind === "insert") bytes.splice(at, 0, put);
          else bytes = bytes.slice(0, at);
        }
        const changed = Uint8Array.from(bytes);
        const fields = found(changed);
        if (fields !== null) expect(fields).toEqual(scanned(changed));
      }),
      { numRuns: 5_000 },
    );
  });

  it("takes a number where JSON takes it, and no other", () => {
    const parts = fc.tuple(
      fc.constantFrom("", "", "-", "+", "--"),
      fc.oneof(fc.nat().map(String), fc.constantFrom("0", "00", "01", "", "12", "9".repeat(40))),
      fc.constantFrom("", "", ".", ".5", ".0", ".50e", "..1", ".e1"),
      fc.constantFrom("", "", "e5", "E5", "e+07", "E-07", "e", "e+", "e-", "e+-1", "e5.5", "ee5", "e5e5", "e 5", "x5"),
      fc.constantFrom("", "", " ", "\n", "1", "-", "+", "e", "."),
    );
    const written = fc.oneof(
      parts.map((list) => list.join("")),
      fc.double({ noNaN: true, noDefaultInfinity: true }).map((number) => JSON.stringify(number)),
      fc.string({ unit: fc.constantFrom(..."0019-+.eE"), minLength: 1, maxLength: 8 }),
    );
    const isJson = (text: string) => {
      try {
        JSON.parse(text);
        return true;
      } catch {
        return false;
      }
    };
    fc.assert(
      fc.property(
        written,
        fc.constantFrom('{"a":N}', '{"a":[N,1],"b":2}', '{"a": N , "b":{"c":N}}'),
        (number, shell) => {
          const document = shell.replaceAll("N", number);
          const bytes = encoder.encode(document);
          const fields = found(bytes);
          expect({ document, isTaken: fields !== null }).toEqual({ document, isTaken: isJson(document) });
          expect(fields).toEqual(scanned(bytes));
          // Cut off anywhere, also inside the number.
          for (let end = 1; end < bytes.length; end++) expect(found(bytes.slice(0, end))).toBeNull();
        },
      ),
      { numRuns: 2_000 },
    );
    for (const number of ["1e-07", "1E+5", "-0e0", "0.1e1"])
      expect(found(encoder.encode(`{"a":${number}}`))).toHaveLength(1);
  });

  it("refuses each thing that must not be there", () => {
    const wrong = [
      "",
      " ",
      "1",
      "[]",
      '"a"',
      "{",
      "}",
      '{"a"}',
      '{"a":}',
      '{"a":1,}',
      "{,}",
      '{"a":1 "b":2}',
      '{"a":01}',
    ];
    wrong.push(
      '{"a":-}',
      '{"a":1.}',
      '{"a":.5}',
      '{"a":tru}',
      '{"a":truex}',
      '{"a":nul',
      '{"a":fals}',
      '{"a":[1,]}',
      '{"a":[}',
    );
    wrong.push(
      '{"a":[1}',
      '{"a":{"b":1]}',
      '{"a":1}}',
      '{"a":1}x',
      '{"a":"b',
      '{"a":"\\"}',
      '{"a":"\n"}',
      "{a:1}",
      "{'a':1}",
      '{"a":1,"b"}',
    );
    for (const document of wrong) {
      expect({ document, outline: found(encoder.encode(document)) }).toEqual({ document, outline: null });
      expect({ document, scanned: scanned(encoder.encode(document)) }).toEqual({ document, scanned: null });
    }
  });

  it("goes as deep as the scan and no deeper, and leaves unusual documents to it", () => {
    const nested = (levels: number) => encoder.encode(`{"a":${"[".repeat(levels)}${"]".repeat(levels)}}`);
    expect(found(nested(DEPTH_MAX - 1))).toEqual(scanned(nested(DEPTH_MAX - 1)));
    expect(found(nested(DEPTH_MAX))).toBeNull();
    expect(scanned(nested(DEPTH_MAX))).toBeNull();
    expect(found(encoder.encode(`{"a":"${"x".repeat(2_000_000)}"}`))).toBeNull();
  });

  it("finds the same outline of the largest document after that of a smaller one", () => {
    const large = encoder.encode(`{"model":"a","text":"${"y".repeat(1024 * 1024 - 60)}","last":[1,2]}`);
    const first = found(large);
    expect(found(encoder.encode('{"a":1}'))).toHaveLength(1);
    expect(first).toEqual(scanned(large));
    expect(found(large)).toEqual(first);
  });
});

it("the engine is assembled from its source", async () => {
  const source = readFileSync(new URL("json-engine.wat", import.meta.url), "utf8");
  const assembled = (await wabt()).parseWat("json-engine.wat", source, { simd: true }).toBinary({}).buffer;

  expect(JSON_ENGINE_WASM).toBe(Buffer.from(assembled).toString("base64"));
});
