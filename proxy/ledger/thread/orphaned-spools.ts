import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type FileLock, takeFileLock } from "#store/file-lock.ts";
import { ownerFolder, ownerLock, ownersIn, segmentFile, segmentNumbers } from "../../spool/files.ts";
import type { LeftBehind } from "../messages.ts";
import { interruptedEvent } from "./interrupted-event.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

/** Writes events and bad bytes of one owner where they belong; rejects when that cannot be done now. */
export type Commit = (owner: string, batch: Pick<SpoolBatch, "events" | "bad">) => Promise<void>;

interface Taken {
  owner: string;
  lock: FileLock;
  reader: SegmentReader;
  /** Read, and not yet committed. */
  batch: SpoolBatch | null;
}

const STALE_LOCK_MS = 3_600_000;
const MEASURE_EVERY_MS = 1000;

/**
 * Drains what dead processes left behind. Dead is whose lock can be taken; a living owner's segments are never touched.
 * Requests that were opened and never closed become `interrupted`. Work comes in steps, so that the living go first.
 */
export class DeadOwners {
  private waiting: string[] = [];
  private taken: Taken | null = null;
  /** Of other instances on the same folder: their locks are held. */
  private readonly othersLiving = new Set<string>();
  private measured = NOTHING_LEFT;
  private measuredTick = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly dir: string,
    private readonly isLiving: (owner: string) => boolean,
    private readonly catalogue: () => Catalogue,
  ) {}

  /** Looks who is there; `step` then goes through them. */
  look(): void {
    this.othersLiving.clear();
    this.waiting = ownersIn(this.dir).filter((owner) => !this.isLiving(owner) && owner !== this.taken?.owner);
    removeStaleLocks(this.dir);
  }

  /** As of a second ago at most; what the living have is not in it. */
  left(): LeftBehind {
    const tick = performance.now();
    if (tick - this.measuredTick < MEASURE_EVERY_MS) return this.measured;
    this.measuredTick = tick;
    const owners = ownersIn(this.dir).filter((owner) => !this.isLiving(owner) && !this.othersLiving.has(owner));
    this.measured = owners.map((owner) => segmentsOf(this.dir, owner)).reduce(together, NOTHING_LEFT);
    return this.measured;
  }

  /** The spools of the living, once their writers have given them up. */
  async finish(owners: readonly string[], commit: Commit): Promise<void> {
    this.waiting = [...owners];
    while (await this.step(commit));
  }

  /** One batch of one dead owner; false when there is nothing left to do. */
  async step(commit: Commit): Promise<boolean> {
    this.taken ??= await this.takeNext();
    if (!this.taken) return false;
    const { owner, reader } = this.taken;
    this.taken.batch ??= reader.next(1000);
    if (this.taken.batch) {
      await commit(owner, this.taken.batch);
      reader.committed(this.taken.batch);
      this.taken.batch = null;
      return true;
    }
    const { requests, bad } = reader.opens.all();
    const events = requests.map(({ open, started }): RequestEvent => interruptedEvent(open, started, this.catalogue()));
    if (events.length + bad.length > 0) await commit(owner, { events, bad });
    this.remove(this.taken);
    this.taken = null;
    return this.waiting.length > 0;
  }

  /** Gives back what is half done; its segments stay for the next start. */
  release(): void {
    this.taken?.lock.release();
    this.taken = null;
  }

  private async takeNext(): Promise<Taken | null> {
    for (let owner = this.waiting.shift(); owner !== undefined; owner = this.waiting.shift()) {
      const lock = takeFileLock(ownerLock(this.dir, owner));
      if (!(await lock.taken)) {
        this.othersLiving.add(owner);
        continue;
      }
      return { owner, lock, reader: new SegmentReader(ownerFolder(this.dir, owner), true), batch: null };
    }
    return null;
  }

  private remove({ owner, lock }: Taken): void {
    rmSync(ownerFolder(this.dir, owner), { recursive: true, force: true });
    lock.release();
    removeLock(ownerLock(this.dir, owner));
  }
}

const NOTHING_LEFT: LeftBehind = { bytes: 0, oldestMs: null };

function segmentsOf(dir: string, owner: string): LeftBehind {
  const folder = ownerFolder(dir, owner);
  return segmentNumbers(folder)
    .map((number) => statSync(segmentFile(folder, number), { throwIfNoEntry: false }))
    .map((stat) => (stat && stat.size > 0 ? { bytes: stat.size, oldestMs: stat.mtimeMs } : NOTHING_LEFT))
    .reduce(together, NOTHING_LEFT);
}

const together = (one: LeftBehind, other: LeftBehind): LeftBehind => ({
  bytes: one.bytes + other.bytes,
  oldestMs:
    one.oldestMs === null || other.oldestMs === null
      ? (one.oldestMs ?? other.oldestMs)
      : Math.min(one.oldestMs, other.oldestMs),
});

/** With what SQLite leaves beside it of a process that was killed while it took the lock. */
function removeLock(path: string): void {
  rmSync(path, { force: true });
  rmSync(`${path}-journal`, { force: true });
}

/** Locks without a folder are left when a process dies between the two. A fresh one may just be about to get its folder. */
function removeStaleLocks(dir: string): void {
  const owners = new Set(ownersIn(dir));
  for (const name of readdirSync(dir)) {
    const owner = /^(ins_\w+)\.lock$/.exec(name)?.[1];
    if (owner === undefined || owners.has(owner)) continue;
    const path = join(dir, name);
    const modifiedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modifiedAtMs !== undefined && Date.now() - modifiedAtMs > STALE_LOCK_MS) removeLock(path);
  }
}
