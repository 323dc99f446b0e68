import { expect, it } from "vitest";
import { type BatchNote, batchWords, formatBatchNote, parseBatchNote } from "./batch-note.ts";

const NOTES: readonly BatchNote[] = [
  { kind: "line", id: "msgbatch_01" },
  { kind: "created", id: "msgbatch_01", createdAtMs: 1_762_000_000_000, estimate: null },
  {
    kind: "created",
    id: "msgbatch_02",
    createdAtMs: 1_762_000_000_000,
    estimate: { requests: 3, models: [["claude-opus-5-5", 3]], estimateNanoUsd: "12" },
  },
  { kind: "seen", batches: [{ id: "msgbatch_03", createdAtMs: 1, state: "ended", requests: 3 }] },
  {
    kind: "results",
    id: "msgbatch_01",
    createdAtMs: null,
    isWhole: false,
    booked: 3,
    free: 1,
    unread: 2,
    why: "no model",
  },
];

it.each(NOTES)("reads a note of the kind $kind as it was written", (note) => {
  expect(parseBatchNote(formatBatchNote(note))).toEqual(note);
});

it.each([null, "", "{", "{}", "[]", "a b", '{"kind":"created","id":"b"}', '{"kind":"results","id":"b","booked":-1}'])(
  "takes %s for no note",
  (text) => {
    expect(parseBatchNote(text)).toBeNull();
  },
);

it("says in words what a record has to do with a batch", () => {
  expect(NOTES.map((note) => batchWords(formatBatchNote(note)))).toEqual([
    "msgbatch_01",
    "msgbatch_01, created",
    "msgbatch_02, created",
    "msgbatch_03, ended",
    "msgbatch_01, results: 3 booked, 1 without cost, 2 not read (no model)",
  ]);
});
