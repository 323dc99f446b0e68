import { expect, it } from "vitest";
import { readShownBatches } from "./shown-batch.ts";

it.each([
  ["2026-11-03T07:08:09.123456Z", Date.UTC(2026, 10, 3, 7, 8, 9, 123)],
  ["2026-11-03T07:08:09+02:00", Date.UTC(2026, 10, 3, 5, 8, 9)],
  ["2026-11-03T07:08:09-05:30", Date.UTC(2026, 10, 3, 12, 38, 9)],
])("reads the creation %s of a batch and of those in a list", (created_at, createdAtMs) => {
  const batch = { id: "msgbatch_1", created_at };
  const shown = { id: "msgbatch_1", createdAtMs, state: "pending", requests: 0 };
  expect(readShownBatches(JSON.stringify(batch))).toEqual([shown]);
  expect(readShownBatches(JSON.stringify({ data: [batch, 7, {}] }))).toEqual([shown]);
});

it.each([
  ["in_progress", "pending"],
  ["canceling", "pending"],
  ["ended", "ended"],
  ["a_later_word", "pending"],
])("takes a batch that is %s for %s, with the requests of all its counts", (processing_status, state) => {
  const request_counts = { processing: 1, succeeded: 2, errored: 3, canceled: 4, expired: "5" };
  const batch = { id: "b", created_at: "2026-11-03T07:08:09Z", processing_status, request_counts };
  expect(readShownBatches(JSON.stringify(batch))).toMatchObject([{ state, requests: 10 }]);
});

it.each([
  "",
  "7",
  '{"id":"b","created_at":"2026-11-03T07:08:09"}',
  '{"id":"b","created_at":"2026-13-03T07:08:09Z"}',
  '{"id":"b","created_at":"0001-01-01T00:00:00Z"}',
  '{"id":"b","created_at":1}',
  '{"id":"../b","created_at":"2026-11-03T07:08:09Z"}',
])("finds no batch in %s", (json) => {
  expect(readShownBatches(json)).toEqual([]);
});
