import { expect, it } from "vitest";
import { readShownBatches } from "./shown-batch.ts";

it.each([
  ["2026-11-03T07:08:09.123456Z", Date.UTC(2026, 10, 3, 7, 8, 9, 123)],
  ["2026-11-03T07:08:09+02:00", Date.UTC(2026, 10, 3, 5, 8, 9)],
  ["2026-11-03T07:08:09-05:30", Date.UTC(2026, 10, 3, 12, 38, 9)],
])("reads the creation %s of a batch and of those in a list", (created_at, createdAtMs) => {
  const batch = { id: "msgbatch_1", created_at };
  expect(readShownBatches(JSON.stringify(batch))).toEqual([{ id: "msgbatch_1", createdAtMs }]);
  expect(readShownBatches(JSON.stringify({ data: [batch, 7, {}] }))).toEqual([{ id: "msgbatch_1", createdAtMs }]);
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
