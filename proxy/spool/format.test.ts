// Long because each promise of the format is tried on whole records, old ones included.

import { readFileSync } from "node:fs";
import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { EVENT_FIELDS, EVENT_SCHEMA_VERSION } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { anyCharacter } from "#tests/support/any-character.ts";
import { arbitraryEvent } from "#tests/support/arbitrary-event.ts";
import { arbitraryValue } from "#tests/support/arbitrary-value.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { rounds } from "#tests/support/rounds.ts";
import { type MeantRecord, withLaterFields } from "#tests/support/spool-layout.ts";
import { decodeRecord, encodeRecord, type SpoolRecord } from "./format.ts";
import { buildLayout } from "./layouts.ts";

/** Text holds newlines, quotes and every script. */
const texts = fc.record({
  id: fc.string({ minLength: 1, unit: "grapheme" }),
  project: fc.string({ unit: anyCharacter }),
  sessionId: fc.option(fc.string({ unit: "grapheme" })),
});
const record = fc.tuple(arbitraryEvent, texts, fc.constantFrom("open", "close", "started")).map(toRecord);

function toRecord([event, said, kind]: [RequestEvent, Partial<RequestEvent>, string]): SpoolRecord {
  const whole = { ...event, ...said };
  if (kind === "close") return { close: whole };
  if (kind === "open") return { open: toOpenRecord(whole) };
  const { id, usage, answeredModel, upstreamRequestId, serviceTier, speed, inferenceGeo } = whole;
  const context = { serviceTier, speed, inferenceGeo };
  return { started: { id, atMs: whole.startedAtMs, usage, context, answeredModel, upstreamRequestId } };
}

/** A line as it was written before records became rows. */
function objectLine(record: SpoolRecord): Buffer {
  const json = JSON.stringify(record);
  const hex = (value: number) => value.toString(16).padStart(8, "0");
  return Buffer.from(`${hex(Buffer.byteLength(json))} ${hex(crc32(json))} ${json}\n`);
}

/** Everything a reader gets out of bytes that will not grow. */
function readAll(bytes: Buffer): { records: SpoolRecord[]; bad: number; rest: number } {
  const found = { records: [] as SpoolRecord[], bad: 0, rest: 0 };
  for (let at = 0; at < bytes.length; ) {
    const decoded = decodeRecord(bytes, at, true);
    if (decoded.kind === "incomplete") return { ...found, rest: bytes.length - at };
    if (decoded.kind === "bad") found.bad += 1;
    else found.records.push(decoded.record);
    at = decoded.end;
  }
  return found;
}

describe("the spool's records", () => {
  it("come back as they were written", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(readAll(Buffer.concat(records.map((record) => Buffer.from(encodeRecord(record)))))).toEqual({
          records,
          bad: 0,
          rest: 0,
        });
      }),
    );
  });

  it("are rows as JSON writes them, also when a session says the same again", () => {
    const writtenAsJson = (record: SpoolRecord) => {
      const json = encodeRecord(record).toString("utf8").slice(18, -1);
      expect(JSON.stringify(JSON.parse(json))).toBe(json);
      expect(decodeRecord(encodeRecord(record), 0, true)).toMatchObject({ kind: "record", record });
    };
    fc.assert(
      fc.property(fc.array(fc.tuple(arbitraryEvent, texts)), (all) => {
        for (const [event, said] of [...all, ...all]) {
          const whole = { ...event, ...said };
          writtenAsJson({ open: toOpenRecord(whole) });
          writtenAsJson({ close: whole });
          writtenAsJson({ close: { ...whole, edits: null, costs: null, ttfbMs: null, costNanoUsd: null } });
        }
      }),
    );
  });

  it("are written with any field missing", () => {
    for (const name of Object.keys(makeEvent())) {
      for (const value of [null, undefined, Number.NaN]) {
        const event = { ...makeEvent(), [name]: value } as unknown as RequestEvent;
        const row: unknown = JSON.parse(encodeRecord({ close: event }).toString("utf8").slice(18));
        expect(row).toHaveLength(2 + buildLayout(EVENT_SCHEMA_VERSION).close.length);
        expect(() => encodeRecord({ open: toOpenRecord(event) })).not.toThrow();
      }
    }
  });

  it("may be larger than what most of them need", () => {
    const records = [70_000, 10, 300_000].map((letters): SpoolRecord => {
      return { open: toOpenRecord(makeEvent({ id: "long", project: "ü\n".repeat(letters) })) };
    });

    const found = readAll(Buffer.concat(records.map((record) => Buffer.from(encodeRecord(record)))));

    expect(found.records.length + found.bad).toBe(3);
    expect(found.records.slice(0, 2)).toEqual(records.slice(0, 2));
  });

  it("of a release before this one are read as well", () => {
    fc.assert(
      fc.property(fc.array(record), (records) => {
        expect(readAll(Buffer.concat(records.map(objectLine)))).toEqual({ records, bad: 0, rest: 0 });
      }),
      { numRuns: rounds(20) },
    );
  });

  it.each(EVENT_FIELDS)("are never taken for another one that differs in $name alone", (field) => {
    const values = fc.tuple(arbitraryValue(field), arbitraryValue(field)).filter(([one, other]) => {
      return JSON.stringify(one) !== JSON.stringify(other);
    });
    const read = (record: SpoolRecord) => {
      const decoded = decodeRecord(Buffer.from(encodeRecord(record)), 0, true);
      return decoded.kind === "record" ? decoded.record : decoded.kind;
    };
    fc.assert(
      fc.property(arbitraryEvent, values, (event, pair) => {
        // Twice over: what a session said before is looked up by what is written now.
        for (const value of [...pair, ...pair]) {
          const close = { ...event, sessionId: "one", [field.name]: value };
          expect(read({ open: toOpenRecord(close) })).toEqual({ open: toOpenRecord(close) });
          expect(read({ close })).toEqual({ close });
        }
      }),
      { numRuns: rounds(6) },
    );
  });

  it.each(Array.from({ length: EVENT_SCHEMA_VERSION }, (_, at) => at + 1))(
    "written by version %i of the schema are read as they were meant",
    (version) => {
      const recorded = `tests/fixtures/spool/layout-${version}`;
      const meant = JSON.parse(readFileSync(`${recorded}.json`, "utf8")) as Record<string, object>[];

      const found = readAll(readFileSync(`${recorded}.log`));

      expect(found).toMatchObject({ records: meant, bad: 0, rest: 0 });
      for (const [at, record] of found.records.entries()) {
        const whole = "close" in record ? record.close : "open" in record ? record.open : {};
        const said = Object.keys(Object.values(meant[at] ?? {})[0] ?? {});
        const unsaid = Object.entries(whole).filter(([name]) => !said.includes(name));
        expect(unsaid.filter(([, value]) => value !== null)).toEqual([]);
      }
    },
  );

  it.each(Array.from({ length: EVENT_SCHEMA_VERSION - 1 }, (_, at) => at + 2))(
    "written by version %i have exactly the fields that the schema says it had: a field that comes later needs a new version",
    (version) => {
      const rows = readFileSync(`tests/fixtures/spool/layout-${version}.log`, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line): unknown => JSON.parse(line.slice(18)))
        .filter(Array.isArray);
      const { open, close } = buildLayout(version);

      expect(new Set(rows.map(([kind, of, ...values]) => `${kind} ${of} ${values.length}`))).toEqual(
        new Set([`open ${version} ${open.length}`, `close ${version} ${close.length}`]),
      );
    },
  );

  it("of a new version can be recorded from those of the one before", () => {
    for (let version = 2; version <= EVENT_SCHEMA_VERSION; version += 1) {
      const before = JSON.parse(
        readFileSync(`tests/fixtures/spool/layout-${version - 1}.json`, "utf8"),
      ) as MeantRecord[];
      const later = withLaterFields(before, version - 1, version);
      const lines = later.map((record) => Buffer.from(encodeRecord(record as unknown as SpoolRecord)));
      const [filled] = later.flatMap((record) => (record.close === undefined ? [] : [record.close]));

      expect(readAll(Buffer.concat(lines))).toMatchObject({ records: later, bad: 0, rest: 0 });
      for (const { name, since } of EVENT_FIELDS) if (since === version) expect(filled?.[name]).not.toBeNull();
    }
  });

  it("of a layout that is not known here are put aside, not guessed at", () => {
    const json = JSON.stringify(["close", EVENT_SCHEMA_VERSION + 1, "evt_1"]);
    const line = objectLine(JSON.parse(json));

    expect(decodeRecord(line, 0, true)).toEqual({ kind: "bad", end: line.length });
  });

  it.each([
    { started: { v: 9, id: "evt_1", atMs: 1, usage: {}, context: {}, answeredModel: null, upstreamRequestId: null } },
    { started: { id: "evt_1", atMs: 1 } },
    { open: { v: 9 } },
    { open: { ...toOpenRecord(makeEvent()), ofALaterRelease: 1 } },
    { close: { ...makeEvent(), v: 9 } },
    { close: { ...makeEvent(), id: 7 } },
    { close: 7 },
    { close: null },
    { open: toOpenRecord(makeEvent()), close: makeEvent() },
    { refused: { id: "evt_1" } },
  ])("that are objects this version cannot have written are put aside, not guessed at (%#)", (object) => {
    const line = objectLine(object as unknown as SpoolRecord);

    expect(decodeRecord(line, 0, true)).toEqual({ kind: "bad", end: line.length });
  });

  it("cut at any byte lose only the record that was cut", () => {
    fc.assert(
      fc.property(fc.array(record, { minLength: 1, maxLength: 4 }), (records) => {
        const lines = records.map((record) => Buffer.from(encodeRecord(record)));
        const bytes = Buffer.concat(lines);
        const ends = lines.map((_, at) => lines.slice(0, at + 1).reduce((total, line) => total + line.length, 0));
        for (let cut = 0; cut <= bytes.length; cut += 1) {
          const whole = ends.filter((end) => end <= cut).length;
          expect(readAll(bytes.subarray(0, cut)).records).toEqual(records.slice(0, whole));
        }
      }),
      { numRuns: rounds(6) },
    );
  });

  it("with any bit flipped are noticed, and the others are still read", () => {
    const records = ["a", "b", "c"].map((id): SpoolRecord => ({ open: toOpenRecord(makeEvent({ id })) }));
    const lines = records.map((record) => Buffer.from(encodeRecord(record)));
    const start = lines[0]?.length ?? 0;
    const end = start + (lines[1]?.length ?? 0);
    for (let bit = start * 8; bit < end * 8; bit += 1) {
      const bytes = Buffer.concat(lines);
      bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
      const found = readAll(bytes);
      expect(found.bad, `bit ${bit}`).toBeGreaterThan(0);
      expect(found.records[0]).toEqual(records[0]);
      // A damaged line end swallows the line behind it; nothing else does.
      const isLineEnd = bit >> 3 === end - 1;
      expect(found.records.slice(1)).toEqual(isLineEnd ? [] : [records[2]]);
    }
  });

  it("that are still being written are waited for", () => {
    const line = encodeRecord({ open: toOpenRecord(makeEvent()) });
    for (let cut = 0; cut < line.length; cut += 1) {
      expect(decodeRecord(line.subarray(0, cut), 0, false)).toEqual({ kind: "incomplete" });
    }
  });

  it("never make the reader fail, with any bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (noise, isFinal) => {
        const bytes = Buffer.from(noise);
        for (let at = 0; at < bytes.length; ) {
          const decoded = decodeRecord(bytes, at, isFinal);
          if (decoded.kind === "incomplete") break;
          expect(decoded.end).toBeGreaterThan(at);
          at = decoded.end;
        }
      }),
    );
  });
});
