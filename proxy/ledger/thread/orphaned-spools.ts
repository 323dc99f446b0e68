import { readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { type FileLock, takeFileLock } from "#store/file-lock.ts";
import { instanceFolder, instanceLock, instancesIn, segmentFile, segmentNumbers } from "../../spool/files.ts";
import type { LeftBehind, SpoolReach } from "../messages.ts";
import { BatchReader, type Draining } from "./batch-reader.ts";
import { interruptedEvent } from "./interrupted-event.ts";
import { SegmentReader, type SpoolBatch } from "./segment-reader.ts";

/** Writes events and bad bytes of one instance where they belong; rejects when that cannot be done now. */
export type Commit = (instance: string, batch: Pick<SpoolBatch, "events" | "bad">) => Promise<void>;

/** What is done in the database for an instance that is gone; both reject when that cannot be done now. */
export interface Heir {
  commit: Commit;
  /** Everything of the instance is in the database: it is waited for no longer. */
  signOff(instance: string): Promise<void>;
}

interface Taken {
  instance: string;
  lock: FileLock;
  reader: SegmentReader;
  batches: BatchReader;
}

const BATCH_EVENTS = 1000;
const STALE_LOCK_MS = 3_600_000;
const MEASURE_EVERY_MS = 1000;

/**
 * Drains what dead processes left behind. Dead is whose lock can be taken; a living instance's segments are never touched.
 * Requests that were opened and never closed become `interrupted`. Work comes in steps, so that the living go first.
 */
export class OrphanedSpools {
  private waiting: string[] = [];
  private taken: Taken | null = null;
  /** Of other instances on the same folder: their locks are held. */
  private readonly othersLiving = new Set<string>();
  private measured = NOTHING_LEFT;
  private measuredTick = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly dir: string,
    private readonly isLiving: (instance: string) => boolean,
    private readonly catalogue: () => Catalogue,
  ) {}

  /** Looks who is there; `step` then goes through them. */
  look(): void {
    this.othersLiving.clear();
    this.waiting = instancesIn(this.dir).filter(
      (instance) => !this.isLiving(instance) && instance !== this.taken?.instance,
    );
    removeStaleLocks(this.dir);
  }

  /** As of a second ago at most; what the living have is not in it. */
  left(): LeftBehind {
    const tick = performance.now();
    if (tick - this.measuredTick < MEASURE_EVERY_MS) return this.measured;
    this.measuredTick = tick;
    const instances = instancesIn(this.dir).filter(
      (instance) => !this.isLiving(instance) && !this.othersLiving.has(instance),
    );
    this.measured = instances.map((instance) => measureSegments(this.dir, instance)).reduce(together, NOTHING_LEFT);
    return this.measured;
  }

  /** How much the database has of the one that is being drained. */
  get reached(): SpoolReach {
    return this.taken === null ? [] : [[this.taken.instance, this.taken.reader.reached]];
  }

  /** The spools of the living, once their writers have given them up. */
  async finish(instances: readonly string[], heir: Heir, draining: Draining): Promise<void> {
    this.waiting = [...instances];
    while (await this.step(heir, draining));
  }

  /** One batch of one dead instance; false when there is nothing left to do. */
  async step({ commit, signOff }: Heir, draining: Draining): Promise<boolean> {
    this.taken ??= await this.takeNext();
    if (!this.taken) return false;
    const { instance, reader, batches } = this.taken;
    if ((await batches.step((batch) => commit(instance, batch), draining)) !== null) return true;
    const { requests, bad } = reader.opens.all();
    const events = requests.map(({ open, started }): RequestEvent => interruptedEvent(open, started, this.catalogue()));
    if (events.length + bad.length > 0) await commit(instance, { events, bad });
    // Before the folder goes: without it no later process would know of the instance.
    await signOff(instance);
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
    for (let instance = this.waiting.shift(); instance !== undefined; instance = this.waiting.shift()) {
      const lock = takeFileLock(instanceLock(this.dir, instance));
      if (!(await lock.taken)) {
        this.othersLiving.add(instance);
        continue;
      }
      const reader = new SegmentReader(instanceFolder(this.dir, instance), true);
      return { instance, lock, reader, batches: new BatchReader(reader, BATCH_EVENTS) };
    }
    return null;
  }

  private remove({ instance, lock }: Taken): void {
    rmSync(instanceFolder(this.dir, instance), { recursive: true, force: true });
    lock.release();
    removeLock(instanceLock(this.dir, instance));
  }
}

const NOTHING_LEFT: LeftBehind = { bytes: 0, oldestMs: null };

function measureSegments(dir: string, instance: string): LeftBehind {
  const folder = instanceFolder(dir, instance);
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
  const instances = new Set(instancesIn(dir));
  for (const name of readdirSync(dir)) {
    const instance = /^(ins_\w+)\.lock$/.exec(name)?.[1];
    if (instance === undefined || instances.has(instance)) continue;
    const path = join(dir, name);
    const modifiedAtMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs;
    if (modifiedAtMs !== undefined && Date.now() - modifiedAtMs > STALE_LOCK_MS) removeLock(path);
  }
}
