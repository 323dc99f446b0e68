import fc from "fast-check";
import { expect, it } from "vitest";
import { type Edit, joined, splice } from "#core/protocol/splice.ts";
import { HEAD_ROOM_BYTES } from "./body-budget.ts";
import { BufferPool } from "./buffer-pool.ts";
import { outgoingBody } from "./outgoing.ts";

const memory = new BufferPool();

/** A body as it is read: in a separate buffer, with room in front. */
function buildBody(length: number): Buffer {
  const taken = memory.take(HEAD_ROOM_BYTES + length);
  const body = taken.subarray(HEAD_ROOM_BYTES, HEAD_ROOM_BYTES + length);
  for (let at = 0; at < length; at++) body[at] = (at * 31 + (at >> 8)) & 0xff;
  return body;
}

const lengths = fc.oneof(fc.integer({ min: 1, max: 200 }), fc.integer({ min: 200, max: 70_000 }));
const edit = fc.record({
  /** The position: near the start, near the end, or anywhere. */
  place: fc.oneof(
    fc.double({ noNaN: true, min: 0, max: 0.02 }),
    fc.double({ noNaN: true, min: 0.98, max: 1 }),
    fc.double({ noNaN: true, min: 0, max: 1 }),
  ),
  cut: fc.integer({ min: 0, max: 300 }),
  put: fc.oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 200, maxLength: 9_000 })),
});

function buildEdits(length: number, wanted: readonly { place: number; cut: number; put: Uint8Array }[]): Edit[] {
  const edits: Edit[] = [];
  let free = 0;
  for (const { place, cut, put } of [...wanted].sort((a, b) => a.place - b.place)) {
    const start = Math.max(free, Math.floor(place * length));
    if (start > length) break;
    const end = Math.min(length, start + cut);
    edits.push({ start, end, bytes: put, why: "test" });
    free = end + 1;
  }
  return edits;
}

it("applies every edit to the sent body, and restores the original byte for byte", () => {
  fc.assert(
    fc.property(lengths, fc.array(edit, { maxLength: 6 }), (length, wanted) => {
      const body = buildBody(length);
      const asCame = Buffer.from(body);
      const edits = buildEdits(length, wanted);
      const expected = joined(splice(asCame, edits));

      const out = outgoingBody(body, edits, memory);
      expect(Buffer.compare(out.body.bytes, expected)).toBe(0);
      // The head of the request is written right in front of it.
      const { bytes, roomBytes } = out.body;
      expect(roomBytes).toBeGreaterThanOrEqual(0);
      Buffer.from(bytes.buffer, bytes.byteOffset - roomBytes, roomBytes).fill(0x2a);
      expect(Buffer.compare(out.body.bytes, expected)).toBe(0);

      const original = out.original();
      expect(Buffer.compare(original.bytes, asCame)).toBe(0);
      expect(original.roomBytes).toBe(HEAD_ROOM_BYTES);
    }),
    { numRuns: 1_500 },
  );
});

it("does not copy a body whose edits are near its start and its end, as in the requests of Claude Code", () => {
  const body = buildBody(150_000);
  const put = Buffer.from("another name");
  const edits = [9, 8_000, 149_900].map((start) => ({ start, end: start + 4, bytes: put, why: "test" }));

  const liesWhereItCame = (of: Buffer, list: readonly Edit[]) =>
    outgoingBody(of, list, memory).body.bytes.buffer === of.buffer;
  expect(liesWhereItCame(body, edits)).toBe(true);
  expect(liesWhereItCame(buildBody(150_000), [{ start: 75_000, end: 75_000, bytes: put, why: "" }])).toBe(false);
});
