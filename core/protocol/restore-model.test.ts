import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ModelRestorer, restoreModelInJson } from "./restore-model.ts";
import { joined } from "./splice.ts";

const toBytes = (text: string) => new TextEncoder().encode(text);
const toText = (bytes: Uint8Array) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

const STREAM = [
  "event: ping",
  'data: {"type":"ping"}',
  "",
  "event: message_start",
  'data: {"type":"message_start","message":{"id":"m","usage":{"model":"x"},"model":"served-model","content":[]}}',
  "",
  "event: content_block_delta",
  'data: {"type":"content_block_delta","delta":{"text":"message_start \\"model\\":\\"served-model\\" ü🎉"}}',
  "",
  "event: message_stop",
  'data: {"type":"message_stop"}',
  "",
  "",
];

function restored(bytes: Uint8Array, cuts: number[]): string {
  const restorer = new ModelRestorer("asked-model");
  const edges = [0, ...cuts, bytes.length];
  const out = edges.slice(1).flatMap((edge, i) => [...restorer.push(bytes.slice(edges[i], edge))]);
  return toText(joined([...out, ...restorer.end()]));
}

describe("ModelRestorer", () => {
  it.each(["\n", "\r\n", "\r"])("names the asked model in an event of several data lines (line end %j)", (eol) => {
    const event = [
      "\ufeffevent: message_start",
      'data: {"type":',
      'data:"message_start","message":{"id":"m",',
      ": a comment",
      'data:  "model": "served-model"',
      "data: }}",
      "",
      "",
    ].join(eol);
    const bytes = toBytes(event);
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(restored(bytes, [cut])).toBe(event.replace("served-model", "asked-model"));
  });

  it.each(["\n", "\r\n", "\r"])("names the asked model once, at any chunk border (line end %j)", (eol) => {
    const text = STREAM.join(eol);
    const bytes = toBytes(text);
    const wanted = text.replace('"model":"served-model","content"', '"model":"asked-model","content"');

    for (let cut = 0; cut <= bytes.length; cut++) expect(restored(bytes, [cut])).toBe(wanted);
    expect(restored(bytes, [...bytes.keys()].slice(1))).toBe(wanted);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 10 }), (cuts) => {
        expect(
          restored(
            bytes,
            cuts.sort((a, b) => a - b),
          ),
        ).toBe(wanted);
      }),
    );
  });

  it("passes everything after message_start on without holding or copying it", () => {
    const text = STREAM.join("\n");
    const cut = text.indexOf("event: content_block_delta");
    const restorer = new ModelRestorer("asked-model");
    restorer.push(toBytes(text.slice(0, cut)));
    const chunk = toBytes("event: cont");

    expect(restorer.push(chunk)[0]).toBe(chunk);
  });

  it("sends a whole event before message_start at once", () => {
    const restorer = new ModelRestorer("asked-model");

    expect(toText(joined([...restorer.push(toBytes(": hello\n\nevent: mess"))]))).toBe(": hello\n\n");
  });

  it.each([
    'data: {"type":"message_start","message":{"mod\\u0065l":"served-model"}}\n\n',
    'data: {"typ\\u0065":"message_start","mess\\u0061ge":{"model":"served-model"}}\n\n',
    'data: {"type":"message\\u005fstart","message":{"model":"served-model"}}\n\n',
  ])("names the asked model where keys or the type are written with escapes: %j", (text) => {
    expect(restored(toBytes(text), [])).toBe(text.replace("served-model", "asked-model"));
  });

  it("leaves streams without a usable message_start as they are, at every cut", () => {
    const broken = [
      "data: {not json\n\n",
      'event: error\ndata: {"type":"error"}\n\n',
      'data: {"type":"message_start","message":{"model":5}}\n\n',
      'event: message_start\ndata: {"type"',
    ];
    for (const text of broken) {
      const bytes = toBytes(text);
      for (let cut = 0; cut <= bytes.length; cut++) expect(restored(bytes, [cut])).toBe(text);
    }
  });

  it("gives up holding a first event that has no end", () => {
    const restorer = new ModelRestorer("asked-model");
    const piece = new Uint8Array(300 * 1024).fill(0x61);

    expect(joined([...restorer.push(piece)])).toEqual(piece);
  });
});

describe("restoreModelInJson", () => {
  it("changes the answer's own model only", () => {
    const answer = '{"id":"m","content":[{"model":"served"}],"model" : "served","usage":{"x":1.0}}';

    expect(toText(joined(restoreModelInJson(toBytes(answer), "asked")))).toBe(
      answer.replace('"model" : "served"', '"model" : "asked"'),
    );
  });

  it("leaves anything else as it is", () => {
    for (const text of ["", "[]", "<html>", '{"type":"error"}', '{"model":1}', '{"model":"a"'])
      expect(toText(joined(restoreModelInJson(toBytes(text), "asked")))).toBe(text);
  });
});
