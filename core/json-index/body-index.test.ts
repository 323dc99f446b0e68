import { isUtf8 } from "node:buffer";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { joined, modelEdit, splice } from "../protocol/splice.ts";
import { BodyScan, indexBody } from "./body-index.ts";
import { DEPTH_MAX } from "./json-scan.ts";

const toBytes = (text: string) => new TextEncoder().encode(text);
const index = (text: string | Uint8Array) => indexBody(typeof text === "string" ? toBytes(text) : text, isUtf8);

/** The body with its model replaced, as text; null when the body was refused. */
function overridden(text: string, model: string): string | null {
  const found = index(text);
  if (!found.ok) return null;
  const bytes = toBytes(text);
  return new TextDecoder().decode(joined(splice(bytes, [modelEdit(found.value.modelSpan, model, "test")])));
}

describe("indexBody", () => {
  it("finds the model wherever it stands, with any spacing", () => {
    expect(overridden('{"model":"a"}', "b")).toBe('{"model":"b"}');
    expect(overridden(' { "x" : [1, {"model":"n"}] ,\n"model"\t:\r"a" , "y":-0 } ', "b")).toBe(
      ' { "x" : [1, {"model":"n"}] ,\n"model"\t:\r"b" , "y":-0 } ',
    );
  });

  it("changes nothing but the model's span in documents that a parse would alter", () => {
    const edges = [
      "1E400",
      "-0",
      "12345678901234567890123",
      "1.0",
      '"\\ud800"',
      '"\\/\\u0041"',
      '{"a":1,"a":2}',
      '"\\\\"',
      '"\\\\\\""',
    ];
    for (const edge of edges) {
      const body = `{"messages":[${edge}],"model":"claude-opus-5-5","z":${edge}}`;
      expect(overridden(body, "m")).toBe(`{"messages":[${edge}],"model":"m","z":${edge}}`);
    }
  });

  const ambiguous: [string, string][] = [
    ["model twice", '{"model":"a","model":"b"}'],
    ["model twice, far apart", '{"model":"a","messages":[],"model":"b"}'],
    ["escaped model key", '{"mod\\u0065l":"a"}'],
    ["escaped beside plain", '{"model":"a","\\u006dodel":"b"}'],
    ["upper-case escape", '{"model":"a","mode\\u006C":"b"}'],
    ["model missing", '{"messages":[]}'],
    ["model only nested", '{"messages":[{"model":"a"}]}'],
    ["model is null", '{"model":null}'],
    ["model is a number", '{"model":1}'],
    ["model is a list", '{"model":["a"]}'],
    ["model is an object", '{"model":{"id":"a"}}'],
    ["model is empty", '{"model":""}'],
    ["model holds a line break", '{"model":"a\\nb"}'],
    ["model holds a lone surrogate", '{"model":"\\ud800"}'],
    ["model has a wrong escape", '{"model":"\\x41"}'],
    ["byte order mark", '\ufeff{"model":"a"}'],
    ["top level is a list", '[{"model":"a"}]'],
    ["two documents", '{"model":"a"}{"model":"b"}'],
    ["trailing comma", '{"model":"a",}'],
    ["comment", '{"model":"a"/*,"model":"b"*/}'],
    ["single quotes", "{'model':'a'}"],
    ["bare key", '{model:"a"}'],
    ["stream twice", '{"model":"a","stream":true,"stream":false}'],
    ["raw control character in a short string", '{"model":"a\n"}'],
    ["null byte after the end", '{"model":"a"}\0'],
    ["leading zero", '{"model":"a","max_tokens":01}'],
    ["NaN", '{"model":"a","max_tokens":NaN}'],
    ["half a literal", '{"model":"a","stream":tru}'],
    ["open string", '{"model":"a'],
    ["open object", '{"model":"a"'],
    ["wrong bracket", '{"model":"a","x":[1}}'],
    ["empty", ""],
    ["white space only", "  \n"],
  ];
  it.each(ambiguous)("T11: refuses: %s", (_name, body) => {
    expect(index(body).ok).toBe(false);
  });

  it("refuses a model that would become the prototype of what is keyed by models", () => {
    const found = (model: string) => indexBody(new TextEncoder().encode(`{"model":"${model}"}`), isUtf8);
    for (const model of ["__proto__", "\\u005f_proto__"]) expect(found(model)).toMatchObject({ ok: false });
    for (const model of ["constructor", "__proto", "toString"]) expect(found(model)).toMatchObject({ ok: true });
  });

  it("T11: refuses bytes that are not UTF-8, wherever they stand", () => {
    const body = toBytes('{"model":"a","x":"?"}');
    body[body.indexOf(0x3f)] = 0xff;

    expect(index(body).ok).toBe(false);
  });

  it("T12: refuses what is nested too deep and takes what is not", () => {
    const nested = (depth: number) => `{"model":"a","x":${"[".repeat(depth)}${"]".repeat(depth)}}`;

    expect(index(nested(DEPTH_MAX - 1)).ok).toBe(true);
    expect(index(nested(DEPTH_MAX)).ok).toBe(false);
    expect(index(nested(100_000)).ok).toBe(false);
  });

  it("agrees with JSON.parse about every generated document and its top-level fields", () => {
    const document = fc.record({
      a: fc.jsonValue(),
      "b c": fc.jsonValue(),
      messages: fc.jsonValue(),
      model: fc.constant("m"),
    });
    fc.assert(
      fc.property(document, fc.constantFrom(0, 1, 3), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        const found = index(text);
        if (!found.ok) throw new Error(found.error.message);
        const bytes = toBytes(text);
        for (const [name, field] of found.value.fields) {
          const part = JSON.parse(new TextDecoder().decode(bytes.subarray(field.start, field.end)));
          expect(part).toEqual(JSON.parse(text)[name]);
        }
        expect(found.value.fields.size).toBe(4);
      }),
      { numRuns: 300 },
    );
  });

  it("never takes a document with bytes cut off or put in that JSON.parse refuses by its structure", () => {
    const text = JSON.stringify({
      model: "m",
      messages: [{ role: "user", content: 'say "hi"\\' }],
      stream: true,
      n: -1.5e3,
    });
    for (let cut = 0; cut < text.length; cut++) expect(index(text.slice(0, cut)).ok).toBe(false);
    fc.assert(
      fc.property(fc.nat(text.length), fc.constantFrom("{", "}", "[", "]", ",", ":", '"', "x", "\\"), (at, extra) => {
        const changed = text.slice(0, at) + extra + text.slice(at);
        let parses = true;
        try {
          JSON.parse(changed);
        } catch {
          parses = false;
        }
        // Wrong escapes inside strings are the provider's to refuse; the structure is ours.
        if (extra !== "\\" && !parses) expect(index(changed).ok).toBe(false);
        if (parses && changed.includes('"model":"m"')) expect(index(changed).ok).toBe(true);
      }),
    );
  });

  it("gives the same answer in slices as in one go", () => {
    const text = JSON.stringify({
      messages: Array.from({ length: 500 }, (_, i) => ({ role: "user", content: `m${i}${"x".repeat(3_000)}` })),
      model: "m",
    });
    // More than is read in one go.
    expect(text.length).toBeGreaterThan(1024 * 1024);
    const bytes = toBytes(text);
    const scan = new BodyScan(bytes, isUtf8);
    let slices = 1;
    while (!scan.advance(slices * 20_000)) slices++;

    expect(slices).toBeGreaterThan(50);
    expect(scan.result()).toEqual(index(text));
  });
});
