import { appendFileSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { makeEvent } from "#tests/support/make-event.ts";
import { instanceFolder, segmentFile } from "../../spool/files.ts";
import { encodeRecord } from "../../spool/format.ts";
import { ActiveSpools } from "./active-spools.ts";

const record = (id: string) => Buffer.from(encodeRecord({ close: { ...makeEvent(), id } }));

it("active spools say how many bytes wait for the database, and since when", async () => {
  const dir = mkdtempSync(join(tmpdir(), "cco-active-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  mkdirSync(instanceFolder(dir, "ins_a"));
  const write = (id: string, segment = 1) =>
    appendFileSync(segmentFile(instanceFolder(dir, "ins_a"), segment), record(id));
  const spools = new ActiveSpools(dir, 1);
  spools.join("ins_a");
  expect(spools.measureWaiting(1_000)).toEqual({ bytes: 0, oldestMs: null });

  write("a1");
  expect(spools.measureWaiting(2_000)).toEqual({ bytes: record("a1").length, oldestMs: 2_000 });
  write("a2", 2);
  expect(spools.measureWaiting(3_000)).toEqual({ bytes: record("a1").length + record("a2").length, oldestMs: 2_000 });

  // One record is committed: the second one has waited since the third second.
  await spools.drain({ readsAhead: false }, async () => {});
  expect(spools.measureWaiting(4_000)).toEqual({ bytes: record("a2").length, oldestMs: 3_000 });
  await spools.drain({ readsAhead: false }, async () => {});
  await spools.drain({ readsAhead: false }, async () => {});
  expect(spools.measureWaiting(5_000)).toEqual({ bytes: 0, oldestMs: null });
});
