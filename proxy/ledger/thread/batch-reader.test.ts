import { mkdirSync, mkdtempSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { expect, it, onTestFinished } from "vitest";
import { makeEvent } from "#tests/support/make-event.ts";
import { segmentFile } from "../../spool/files.ts";
import { encodeRecord } from "../../spool/format.ts";
import { BatchReader } from "./batch-reader.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

const encodeLines = (ids: readonly string[]) =>
  Buffer.concat(ids.map((id) => Buffer.from(encodeRecord({ close: { ...makeEvent(), id } }))));
const listIds = (batch: SpoolBatch) => batch.events.map(({ id }) => id);
const idsFrom = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, n) => `e${first + n}`);

function writeSpool(...segments: Buffer[]) {
  const folder = mkdtempSync(join(tmpdir(), "cco-batches-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  segments.forEach((bytes, at) => {
    writeFileSync(segmentFile(folder, at + 1), bytes);
  });
  return { folder, reader: new SegmentReader(folder, true) };
}

/** Counts the events that were read, committed or not. */
function countReads(reader: SegmentReader) {
  const next = reader.next.bind(reader);
  const seen = { events: 0 };
  reader.next = (limit, until) => {
    const batch = next(limit, until);
    seen.events += batch?.events.length ?? 0;
    return batch;
  };
  return seen;
}

const until = async (isSo: () => boolean) => {
  while (!isSo()) await wait(1);
};

it("a commit that fails is tried again before what was read meanwhile, and every event is committed once", async () => {
  const { reader } = writeSpool(encodeLines(idsFrom(1, 900)), encodeLines(idsFrom(901, 2500)));
  const seen = countReads(reader);
  const batches = new BatchReader(reader, 1000);

  const refused: string[][] = [];
  const failing = batches.step(
    async (batch) => {
      refused.push(listIds(batch));
      await until(() => seen.events === 2000);
      throw new Error("away");
    },
    { readsAhead: true },
  );
  await expect(failing).rejects.toThrow("away");
  expect(reader.reached).toEqual({ segment: 0, offset: 0 });

  const committed: string[][] = [];
  const counts: (number | null)[] = [];
  do counts.push(await batches.step(async (batch) => void committed.push(listIds(batch)), { readsAhead: true }));
  while (counts.at(-1) !== null);
  expect(committed[0]).toEqual(refused[0]);
  expect(committed.flat()).toEqual(idsFrom(1, 2500));
});

it("nothing is read during a commit when it is not to be read ahead, nor behind a batch that is not full", async () => {
  const { reader } = writeSpool(encodeLines(idsFrom(1, 30)));
  const seen = countReads(reader);
  const batches = new BatchReader(reader, 20);
  const slowly = () => wait(30);

  expect(await batches.step(slowly, { readsAhead: false })).toBe(20);
  expect(seen.events).toBe(20);
  expect(await batches.step(slowly, { readsAhead: true })).toBe(10);
  expect(seen.events).toBe(30);
});

it("a segment that cannot be read for a while loses nothing of the one before it", async () => {
  const { folder, reader } = writeSpool(encodeLines(idsFrom(1, 30)));
  mkdirSync(segmentFile(folder, 2));
  const batches = new BatchReader(reader, 20);
  const committed: string[] = [];
  const step = () => batches.step(async (batch) => void committed.push(...listIds(batch)), { readsAhead: true });

  await step();
  await expect(step()).rejects.toThrow(/EISDIR/);
  rmdirSync(segmentFile(folder, 2));
  writeFileSync(segmentFile(folder, 2), encodeLines(idsFrom(31, 40)));
  await step();
  expect(committed).toEqual(idsFrom(1, 40));
});
