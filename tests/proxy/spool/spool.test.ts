// Long because every fault of a disk is tried on the same writer and reader.

import { execFileSync } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { readLines, SegmentReader } from "#proxy/ledger/thread/segment-reader.ts";
import { RESERVE_FILE } from "#proxy/spool/disk-reserve.ts";
import { openSpool } from "#proxy/spool/open-spool.ts";
import { type SpoolIo, systemIo } from "#proxy/spool/segment.ts";
import type { Spool, SpoolOptions } from "#proxy/spool/spool.ts";
import { makeEvent, toOpenRecord } from "#tests/support/make-event.ts";
import { eventually, scratchFolder } from "#tests/support/scratch.ts";
import { smallDisk } from "#tests/support/small-disk.ts";

function start(options: Partial<SpoolOptions> = {}): { spool: Spool; folder: string; dir: string } {
  const dir = options.dir ?? join(scratchFolder(), "spool");
  const spool = openSpool({ instanceId: "ins_one", reserveBytes: 0, ...options, dir });
  onTestFinished(() => spool.end());
  return { spool, dir, folder: join(dir, "ins_one") };
}

/** Everything a new reader finds, as after a restart. */
function readAll(folder: string): { events: RequestEvent[]; bad: number } {
  const reader = new SegmentReader(folder, true);
  const found = { events: [] as RequestEvent[], bad: 0 };
  for (let batch = reader.next(100); batch; batch = reader.next(100)) {
    found.events.push(...batch.events);
    found.bad += batch.bad.length;
  }
  return found;
}

const ids = (events: readonly RequestEvent[]) => events.map((event) => event.id);
const fails = (code: string): never => {
  throw Object.assign(new Error(code), { code });
};

describe("the spool", () => {
  it("T25: has a record on disk when append returns, readable by its owner only", () => {
    const { spool, folder, dir } = start();
    const event = makeEvent();

    spool.open(toOpenRecord(event));
    spool.close(event);

    expect(readAll(folder).events).toEqual([event]);
    expect(statSync(dir).mode & 0o777).toBe(0o700);
    expect(statSync(folder).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "00000001.log")).mode & 0o777).toBe(0o600);
  });

  it("refuses to open in a folder it cannot write", () => {
    const dir = join(scratchFolder(), "file");
    execFileSync("touch", [dir]);
    expect(() => openSpool({ dir, instanceId: "ins_one" })).toThrow(/EEXIST|ENOTDIR/);
  });

  it("begins a new segment when one is full, and loses nothing", () => {
    const { spool, folder } = start({ segmentBytesMax: 2000 });
    const events = Array.from({ length: 40 }, () => makeEvent());
    for (const event of events) spool.close(event);

    expect(readdirSync(folder).length).toBeGreaterThan(5);
    expect(ids(readAll(folder).events)).toEqual(ids(events));
  });

  it("syncs written records within its interval, and only then", async () => {
    let syncs = 0;
    const io: SpoolIo = {
      ...systemIo,
      fdatasync: (fd) => {
        syncs += 1;
        return systemIo.fdatasync(fd);
      },
    };
    const { spool } = start({ io, syncEveryMs: 20 });
    await wait(80);
    expect(syncs).toBe(0);

    spool.close(makeEvent());
    spool.close(makeEvent());
    await eventually(() => expect(syncs).toBe(1));
    await spool.sync();
    expect(syncs).toBe(1); // nothing new since
    spool.close(makeEvent());
    await spool.sync();
    expect(syncs).toBe(2);
  });

  it("cuts off a torn record, so that the next one is whole", () => {
    let isShort = false;
    const io: SpoolIo = {
      ...systemIo,
      writeSync: (fd, bytes) => (isShort ? writeSync(fd, bytes, 0, 100) : systemIo.writeSync(fd, bytes)),
    };
    const { spool, folder } = start({ io });
    const [first, torn, next] = [makeEvent(), makeEvent(), makeEvent()];
    spool.close(first);
    isShort = true;
    spool.close(torn);
    expect(spool.backlog().state).toBe("disk-full");
    isShort = false;
    spool.close(next);

    return eventually(() => {
      expect(spool.backlog().state).toBe("ok");
      expect(readAll(folder)).toEqual({ events: [first, torn, next], bad: 0 }); // torn waited in memory
    });
  });

  it("holds closed requests in memory while the disk is full, then counts what it drops", async () => {
    let isFull = true;
    const io: SpoolIo = {
      ...systemIo,
      writeSync: (fd, bytes) => (isFull ? fails("ENOSPC") : systemIo.writeSync(fd, bytes)),
    };
    const { spool, folder } = start({ io, ringMax: 3 });
    const events = Array.from({ length: 5 }, () => makeEvent());
    for (const event of events) {
      spool.open(toOpenRecord(event));
      spool.close(event);
    }

    expect(spool.backlog()).toMatchObject({ dropped: 2, state: "disk-full" });
    isFull = false;
    await eventually(() => expect(spool.backlog().state).toBe("ok"));
    expect(ids(readAll(folder).events)).toEqual(ids(events.slice(0, 3)));
  });

  it("gives up its disk reserve first", async () => {
    const dir = join(scratchFolder(), "spool");
    let limit = Number.POSITIVE_INFINITY;
    const io: SpoolIo = {
      ...systemIo,
      writeSync: (fd, bytes) =>
        existsSync(join(dir, RESERVE_FILE)) && limit === 0 ? fails("ENOSPC") : systemIo.writeSync(fd, bytes),
    };
    const { spool, folder } = start({ dir, io, reserveBytes: 1024 * 1024, reserveAfterMs: 0 });
    await eventually(() => expect(statSync(join(dir, RESERVE_FILE)).size).toBe(1024 * 1024));
    limit = 0;
    const event = makeEvent();

    spool.close(event);

    expect(existsSync(join(dir, RESERVE_FILE))).toBe(false);
    expect(readAll(folder).events).toEqual([event]);
    expect(spool.backlog()).toMatchObject({ dropped: 0, state: "ok" });
  });

  it("R6: abandons a file whose sync was refused, including later writes to it", async () => {
    const refused = new Set<number>();
    const synced: number[] = [];
    let refuse = null as (() => void) | null;
    const io: SpoolIo = {
      ...systemIo,
      fdatasync: (fd) => {
        synced.push(fd);
        if (synced.length > 1) return systemIo.fdatasync(fd);
        return new Promise((_, reject) => {
          refuse = () => {
            refused.add(fd);
            reject(Object.assign(new Error("EIO"), { code: "EIO" }));
          };
        });
      },
      writeSync: (fd, bytes) => {
        expect(refused.has(fd)).toBe(false);
        return systemIo.writeSync(fd, bytes);
      },
    };
    const states: string[] = [];
    const { spool, folder } = start({ io, syncEveryMs: 5, onState: ({ state }) => states.push(state) });
    const events = [makeEvent(), makeEvent(), makeEvent()];
    spool.close(events[0] ?? makeEvent());
    await eventually(() => expect(refuse).not.toBeNull());
    spool.close(events[1] ?? makeEvent()); // into the file whose sync is under way
    refuse?.();
    await eventually(() => expect(spool.backlog().state).toBe("failing"));
    spool.close(events[2] ?? makeEvent());

    await eventually(() => expect(spool.backlog().state).toBe("ok"));
    expect(states).toEqual(["failing", "ok"]);
    expect(readdirSync(folder)).toHaveLength(2);
    expect(ids(readAll(folder).events)).toEqual(ids(events));
    await spool.sync();
    await spool.end();
    expect(synced.filter((fd) => refused.has(fd))).toHaveLength(1);
  });

  it("R6: leaves no empty files behind while a disk refuses everything", async () => {
    let tries = 0;
    let isFailing = true;
    const io: SpoolIo = {
      ...systemIo,
      writeSync: (fd, bytes) => {
        tries += 1;
        return isFailing ? fails("EIO") : systemIo.writeSync(fd, bytes);
      },
      ftruncateSync: () => fails("EIO"),
    };
    const { spool, folder } = start({ io });
    const event = makeEvent();
    spool.close(event);
    await eventually(() => expect(tries).toBeGreaterThan(6));

    expect(spool.backlog()).toMatchObject({ state: "failing", dropped: 0 });
    expect(readdirSync(folder)).toHaveLength(1);
    isFailing = false;
    await eventually(() => expect(spool.backlog().state).toBe("ok"));
    expect(ids(readAll(folder).events)).toEqual([event.id]);
  });

  it("bounds its backlog, counts what it drops, and continues when there is room", async () => {
    const limits = { segmentBytesMax: 20_000, backlogBytesMax: 100_000, ringMax: 5 };
    const { spool, folder } = start(limits);
    const events: RequestEvent[] = [];
    while (spool.backlog().dropped === 0) {
      events.push(makeEvent());
      spool.close(events.at(-1) ?? makeEvent());
    }
    expect(spool.backlog().state).toBe("backlog-full");
    const kept = readAll(folder).events;
    expect(ids(kept)).toEqual(ids(events.slice(0, -6)));
    expect(readdirSync(folder).length * limits.segmentBytesMax).toBeLessThanOrEqual(limits.backlogBytesMax);

    spool.noteDrained({ segment: 3, offset: 0 });
    await eventually(() => expect(spool.backlog().state).toBe("ok"));
    expect(ids(readAll(folder).events)).toEqual(ids(events.slice(0, -1)));
    expect(spool.backlog().dropped).toBe(1);
  });

  it("continues in a new file when writing fails", () => {
    let isFailing = true;
    const io: SpoolIo = {
      ...systemIo,
      writeSync: (fd, bytes) => {
        if (!isFailing) return systemIo.writeSync(fd, bytes);
        isFailing = false;
        writeSync(fd, bytes, 0, 50); // the torn part that an error leaves behind
        return fails("EIO");
      },
      ftruncateSync: () => fails("EIO"),
    };
    const { spool, folder } = start({ io });
    const event = makeEvent();
    spool.close(event);

    expect(spool.backlog()).toMatchObject({ dropped: 0, state: "ok" });
    expect(ids(readAll(folder).events)).toEqual([event.id]);
  });

  it("reports the size and age of its backlog", () => {
    const { spool } = start();
    expect(spool.backlog()).toEqual({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" });
    spool.close(makeEvent());
    const { bytes, oldestMs } = spool.backlog();
    expect(bytes).toBeGreaterThan(400);
    expect(Date.now() - (oldestMs ?? 0)).toBeLessThan(60_000);
    spool.close(makeEvent());

    spool.noteDrained({ segment: 1, offset: bytes });
    expect(spool.backlog().bytes).toBeGreaterThan(400);
    expect(Math.abs((spool.backlog().oldestMs ?? 0) - (oldestMs ?? 0))).toBeLessThan(1000);
    spool.noteDrained({ segment: 1, offset: 1_000_000 });
    expect(spool.backlog()).toMatchObject({ bytes: 0, oldestMs: null });
  });

  it("R5: on a full disk gives up its reserve, then holds in memory, then counts; neighbouring records stay whole", async () => {
    const disk = smallDisk(1024 * 1024);
    const dir = join(disk.folder, "spool");
    const reserve = join(dir, RESERVE_FILE);
    const limits = { segmentBytesMax: 200_000, ringMax: 50, reserveBytes: 100_000, reserveAfterMs: 0 };
    const { spool, folder } = start({ dir, io: disk.io, ...limits });
    await eventually(() => expect(statSync(reserve).size).toBe(100_000));
    const events: RequestEvent[] = [];
    const send = () => {
      events.push(makeEvent());
      spool.close(events.at(-1) ?? makeEvent());
    };
    while (existsSync(reserve)) send();
    expect(spool.backlog()).toMatchObject({ state: "ok", dropped: 0 });
    while (spool.backlog().state === "ok") send();
    while (spool.backlog().dropped === 0) send();

    // A record of which the disk took a part is cut off again. Otherwise the next record would be glued to it.
    const before = readAll(folder);
    expect(before.bad).toBe(0);
    expect(ids(before.events)).toEqual(ids(events.slice(0, -51)));
    expect(spool.backlog()).toMatchObject({ state: "disk-full", dropped: 1, oldestMs: expect.any(Number) });

    rmSync(join(folder, "00000001.log")); // as the ledger makes room
    await eventually(() => expect(spool.backlog().state).toBe("ok"));
    send();
    const after = readAll(folder);
    expect(after.bad).toBe(0);
    expect(ids(after.events).slice(-51)).toEqual(ids([...events.slice(-52, -2), ...events.slice(-1)])); // all but the dropped one
    expect(spool.backlog().dropped).toBe(1);
  });
});

it("R5: frees space once the database has the records that filled the disk", async () => {
  const disk = smallDisk(256 * 1024); // less than one file of the spool
  const { spool, folder } = start({ dir: join(disk.folder, "spool"), io: disk.io });
  const events: RequestEvent[] = [];
  while (spool.backlog().state === "ok") {
    events.push(makeEvent());
    spool.close(events.at(-1) ?? makeEvent());
  }
  const reader = new SegmentReader(folder, false);
  const drained: RequestEvent[] = [];
  const drain = () => {
    for (let batch = reader.next(100); batch; batch = reader.next(100)) {
      drained.push(...batch.events);
      reader.committed(batch);
      spool.noteDrained(batch.end);
    }
  };
  drain();

  await eventually(() => expect(spool.backlog().state).toBe("ok"));
  drain();
  expect(ids(drained)).toEqual(ids(events));
  expect(spool.backlog()).toEqual({ bytes: 0, oldestMs: null, dropped: 0, state: "ok" });
});

it("R5: offers records without space to a taker once, and keeps those not taken", async () => {
  let isFull = true;
  const io: SpoolIo = {
    ...systemIo,
    writeSync: (fd, bytes) => (isFull ? fails("ENOSPC") : systemIo.writeSync(fd, bytes)),
  };
  const { spool, folder } = start({ io });
  const answers: ((isTaken: boolean) => void)[] = [];
  const offered: string[][] = [];
  spool.handOverTo((lines) => {
    offered.push(ids(readLines(lines).events));
    return new Promise((resolve) => answers.push(resolve));
  });
  const events = [makeEvent(), makeEvent(), makeEvent()];
  const [first, second, third] = ids(events);
  for (const event of events.slice(0, 2)) spool.close(event);
  await eventually(() => expect(offered).toEqual([[first, second]]));
  spool.close(events[2] ?? makeEvent());
  answers[0]?.(false);
  await eventually(() => expect(offered.slice(1)).toEqual([[first, second, third]]));
  answers[1]?.(true);
  await eventually(() => expect(spool.backlog().bytes).toBe(0));

  expect(spool.backlog()).toEqual({ bytes: 0, oldestMs: null, dropped: 0, state: "disk-full" });
  isFull = false;
  const later = makeEvent();
  spool.close(later);
  expect(spool.backlog().state).toBe("ok");
  expect(ids(readAll(folder).events)).toEqual([later.id]);
});

it("R5: hands over the records in memory when it ends", async () => {
  const io: SpoolIo = { ...systemIo, writeSync: () => fails("ENOSPC") };
  const { spool } = start({ io });
  const taken: string[] = [];
  spool.handOverTo(async (lines) => {
    taken.push(...ids(readLines(lines).events));
    return true;
  });
  const events = Array.from({ length: 1200 }, () => makeEvent());
  for (const event of events) spool.close(event);

  await spool.end();

  expect(taken).toEqual(ids(events));
  expect(spool.backlog()).toMatchObject({ bytes: 0, dropped: 0 });
});

it.each([["database"], ["disk"]])("R5: offers what is in memory until the %s takes it when it ends", async (who) => {
  let isFull = true;
  const io: SpoolIo = {
    ...systemIo,
    writeSync: (fd, bytes) => (isFull ? fails("ENOSPC") : systemIo.writeSync(fd, bytes)),
  };
  const { spool, folder } = start({ io });
  const taken: string[] = [];
  const events = Array.from({ length: 600 }, () => makeEvent());
  for (const event of events) spool.close(event);
  let offers = 0;
  spool.handOverTo(async (lines, isLast) => {
    if (isLast) offers += 1;
    if (offers < 4) return false;
    if (who === "disk") isFull = false;
    else taken.push(...ids(readLines(lines).events));
    return who === "database";
  });

  await spool.end(() => true);

  expect(who === "disk" ? ids(readAll(folder).events) : taken).toEqual(ids(events));
  expect(spool.backlog().dropped).toBe(0);
});

it("R5: counts what neither disk nor database took while it ended", async () => {
  const { spool } = start({ io: { ...systemIo, writeSync: () => fails("ENOSPC") } });
  for (let n = 0; n < 7; n += 1) spool.close(makeEvent());
  const until = performance.now() + 300;

  await spool.end(() => performance.now() < until);

  expect(performance.now()).toBeGreaterThanOrEqual(until);
  expect(spool.backlog().dropped).toBe(7);
});

describe("the segment reader", () => {
  it("follows the file being written, and keeps segments that an open request needs", () => {
    const { spool, folder } = start({ segmentBytesMax: 4000 });
    const reader = new SegmentReader(folder, false);
    const long = makeEvent();
    spool.open(toOpenRecord(long));
    for (let round = 0; round < 20; round += 1) {
      const event = makeEvent();
      spool.close(event);
      const batch = reader.next(10);
      expect(batch?.events).toEqual([event]);
      if (batch) reader.committed(batch);
      expect(reader.next(10)).toBeNull();
    }
    expect(readdirSync(folder)).toHaveLength(2); // the oldest, with the open request, and the newest
    spool.close(long);
    const last = reader.next(10);
    expect(last?.events).toEqual([long]);
    if (last) reader.committed(last);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  it("R5: keeps no segment for a request whose end was handed over before its beginning was read", () => {
    const { spool, folder } = start({ segmentBytesMax: 4000 });
    const reader = new SegmentReader(folder, false);
    const handedOver = makeEvent();
    spool.open(toOpenRecord(handedOver));
    reader.closedElsewhere([handedOver]); // past the segments, while the database was away

    for (let round = 0; round < 5; round += 1) spool.close(makeEvent());
    const batch = reader.next(10);
    if (batch) reader.committed(batch);

    expect(readdirSync(folder)).toHaveLength(1);
    expect(reader.opens.all().requests).toEqual([]);
  });

  it("forgets an end that was handed over once the segments have been read to their end", () => {
    const { spool, folder } = start();
    const reader = new SegmentReader(folder, false);
    const event = makeEvent();
    reader.closedElsewhere([event]);
    spool.close(makeEvent());
    const batch = reader.next(10);
    if (batch) reader.committed(batch);

    spool.open(toOpenRecord(event)); // the same id again: only to see that it is no longer remembered
    reader.next(10);

    expect(reader.opens.all().requests).toHaveLength(1);
  });

  it("returns at most the requested number of records", () => {
    const { spool, folder } = start({ segmentBytesMax: 20_000 });
    const events = Array.from({ length: 95 }, () => makeEvent());
    for (const event of events) spool.close(event);
    const reader = new SegmentReader(folder, true);

    const sizes: number[] = [];
    for (let batch = reader.next(30); batch; batch = reader.next(30)) sizes.push(batch.events.length);

    expect(sizes).toEqual([30, 30, 30, 5]);
  });

  it("skips a torn tail and continues with the next file", () => {
    const { spool, folder } = start({ segmentBytesMax: 1200 });
    const events = Array.from({ length: 6 }, () => makeEvent());
    for (const event of events) spool.close(event);
    const path = join(folder, "00000001.log");
    const size = readFileSync(path).length;
    execFileSync("truncate", ["-s", `${size - 1}`, path]);

    const read = ids(readAll(folder).events);

    expect(read).toHaveLength(5);
    expect(read.at(-1)).toBe(events.at(-1)?.id);
  });
});
