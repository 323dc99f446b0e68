import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SseLines } from "./sse-lines.ts";

function read(chunks: Uint8Array[]): [string, string][] {
  const events: [string, string][] = [];
  const lines = new SseLines((name, ...lent) => events.push([name, toText(...lent)]));
  for (const chunk of chunks) lines.push(chunk);
  lines.end();
  return events;
}

const toText = (bytes: Uint8Array, start: number, end: number) => new TextDecoder().decode(bytes.subarray(start, end));
const toBytes = (text: string) => new TextEncoder().encode(text);

describe("SseLines", () => {
  it("reads a stream that mixes its line ends and begins with a byte order mark as the standard says", () => {
    const bytes = toBytes("\ufeffevent: a\rdata: 1\r\ndata: 2\n\r\nevent: b\ndata: 3\r\r\ndata: 4\n\r");
    for (let cut = 0; cut <= bytes.length; cut++)
      expect(read([bytes.slice(0, cut), bytes.slice(cut)]), `cut at ${cut}`).toEqual([
        ["a", "1\n2"],
        ["b", "3"],
        ["", "4"],
      ]);
  });

  it.each(["\n", "\r\n", "\r"])("reads the same events however the bytes are cut (line end %j)", (eol) => {
    const text = [
      "event: message_start",
      'data: {"a":"über 🎉"}',
      "",
      ": comment",
      "",
      "event: x",
      "data: 1",
      "data:2",
      "",
      "data: last",
    ].join(eol);
    const bytes = toBytes(text);
    const whole = read([bytes]);

    expect(whole).toEqual([
      ["message_start", '{"a":"über 🎉"}'],
      ["x", "1\n2"],
      ["", "last"],
    ]);
    for (let cut = 0; cut <= bytes.length; cut++) expect(read([bytes.slice(0, cut), bytes.slice(cut)])).toEqual(whole);
    fc.assert(
      fc.property(fc.array(fc.nat(bytes.length), { maxLength: 12 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), bytes.length];
        expect(read(edges.slice(1).map((edge, i) => bytes.slice(edges[i], edge)))).toEqual(whole);
      }),
    );
  });

  it("knows when nothing of a next event has come", () => {
    const lines = new SseLines(() => {});
    expect(lines.isBetweenEvents).toBe(true);
    lines.push(toBytes("event: ping\n"));
    expect(lines.isBetweenEvents).toBe(false);
    lines.push(toBytes("data: {}\n"));
    expect(lines.isBetweenEvents).toBe(false);
    lines.push(toBytes("\n"));
    expect(lines.isBetweenEvents).toBe(true);
    lines.push(toBytes("d"));
    expect(lines.isBetweenEvents).toBe(false);
  });

  it("reads an event of very many data lines in time that grows with their number only", () => {
    const events: string[] = [];
    const lines = new SseLines((_name, ...lent) => events.push(toText(...lent)));
    const count = 40_000;
    const said = "x".repeat(60);
    const startedAt = performance.now();
    lines.push(toBytes(`${`data: ${said}\n`.repeat(count)}\n`));

    expect(performance.now() - startedAt).toBeLessThan(2_000);
    expect(events).toEqual([Array(count).fill(said).join("\n")]);
  });

  it("drops an event whose data lines have no end, and reads the next", () => {
    const events: string[] = [];
    const lines = new SseLines((_name, ...lent) => events.push(toText(...lent)));
    const piece = toBytes(`data: ${"a".repeat(100_000)}\n`);
    for (let i = 0; i < 120; i++) lines.push(piece);
    lines.push(toBytes("\ndata: next\n\n"));

    expect(events).toEqual(["next"]);
  });

  it("drops a line without end instead of keeping it", () => {
    const events: string[] = [];
    const lines = new SseLines((_name, ...lent) => events.push(toText(...lent)));
    const piece = new Uint8Array(1024 * 1024).fill(0x61);
    for (let i = 0; i < 12; i++) lines.push(piece);
    lines.push(toBytes("\n\ndata: next\n\n"));

    expect(events).toEqual(["next"]);
  });
});
