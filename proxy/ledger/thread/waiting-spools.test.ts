import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { loadCatalogue } from "#config/models-toml.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { takeFileLock } from "#store/file-lock.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { instanceFolder, instanceLock, segmentFile } from "../../spool/files.ts";
import { encodeRecord, type SpoolRecord } from "../../spool/format.ts";
import type { SpoolReach } from "../messages.ts";
import { readWaiting } from "./waiting-spools.ts";

const event = (id: string): RequestEvent => ({ ...makeEvent(), id });

function dataFolder(): string {
  const dir = mkdtempSync(join(tmpdir(), "cco-waiting-"));
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** Writes a segment; where each record ends. */
function writeSegment(dir: string, instance: string, number: number, records: readonly SpoolRecord[]): number[] {
  const folder = instanceFolder(dir, instance);
  mkdirSync(folder, { recursive: true });
  const parts = records.map((record) => Buffer.from(encodeRecord(record)));
  writeFileSync(segmentFile(folder, number), Buffer.concat(parts));
  let end = 0;
  return parts.map((part) => (end += part.length));
}

async function readIds(dir: string, reach: SpoolReach = []): Promise<string[]> {
  const ids: string[] = [];
  for await (const events of readWaiting(dir, loadCatalogue, reach)) ids.push(...events.map(({ id }) => id));
  return ids;
}

describe("what waits in spools", () => {
  it("is every request of an ended process, those without an end included, and stays where it is", async () => {
    const dir = dataFolder();
    writeSegment(dir, "ins_a", 1, [{ open: toOpenRecord(event("a1")) }, { close: event("a1") }]);
    writeSegment(dir, "ins_a", 2, [{ open: toOpenRecord(event("a2")) }]);
    writeSegment(dir, "ins_b", 1, [{ close: event("b1") }]);
    const before = readFileSync(segmentFile(instanceFolder(dir, "ins_a"), 1));

    expect(await readIds(dir)).toEqual(["a1", "a2", "b1"]);
    expect(await readIds(dir)).toEqual(["a1", "a2", "b1"]);
    expect(readFileSync(segmentFile(instanceFolder(dir, "ins_a"), 1))).toEqual(before);
  });

  it("leaves out what lies before the place that kept sums reach, but not a request that began before it", async () => {
    const dir = dataFolder();
    const [, , offset = 0] = writeSegment(dir, "ins_a", 1, [
      { open: toOpenRecord(event("open")) },
      { open: toOpenRecord(event("a1")) },
      { close: event("a1") },
      { close: event("a2") },
    ]);

    expect(await readIds(dir, [["ins_a", { segment: 1, offset }]])).toEqual(["a2", "open"]);
    expect(await readIds(dir, [["ins_a", { segment: 2, offset: 0 }]])).toEqual(["open"]);
  });

  it("leaves out the spool of a process that lives", async () => {
    const dir = dataFolder();
    writeSegment(dir, "ins_a", 1, [{ close: event("a1") }]);
    const lock = takeFileLock(instanceLock(dir, "ins_a"));
    await lock.taken;

    expect(await readIds(dir)).toEqual([]);
    lock.release();
    expect(await readIds(dir)).toEqual(["a1"]);
  });
});
