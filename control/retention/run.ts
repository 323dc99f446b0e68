import { hostname } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { setTimeout as wait } from "node:timers/promises";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { AppError } from "#core/errors.ts";
import { MS_PER_DAY } from "#core/time/instant.ts";
import { toUtcDay, utcDayBounds } from "#core/time/utc-day.ts";
import {
  type ArchiveFile,
  deleteArchived,
  finishArchiveFile,
  forgetArchiveFile,
  listArchiveFiles,
  noteArchiveFile,
  oldestEventMs,
  prepareArchiving,
} from "#store/archive-files.ts";
import { isThereAlready } from "#store/database-errors.ts";
import { settleLog, shrinkStep } from "#store/database-size.ts";
import { removeEmptyPartitions } from "#store/event-partitions.ts";
import { monthNumber, removeUnusedWords } from "#store/event-words.ts";
import { eventPages } from "#store/events.ts";
import { settingKey, writeSetting } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";
import { inControlTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import { claimWork, finishWork, type SharedWork } from "../claim-work.ts";
import type { ControlDeps } from "../deps.ts";
import {
  damagedFile,
  dropPending,
  isThere,
  nameFile,
  placeFile,
  prepareArchiveFolder,
  tidyFolder,
  toText,
  writeEvents,
} from "./archive-folder.ts";
import { readEventPages } from "./parquet.ts";

const WORK: SharedWork = {
  begun: settingKey.retentionBegun,
  done: settingKey.retentionDone,
  // It is said again once a minute while it goes on.
  leaseMs: 600_000,
};
const SAY_EVERY_MS = 60_000;

/** Rows of a file: what is held in memory of it are the ids. A day with more has several files. */
const FILE_ROWS_MAX = 250_000;
/** Rows of a page, which becomes one row group. */
const PAGE_ROWS = 2_000;
/** How long one deletion may hold the database; the number of its events follows from it. */
const HOLD_MS = 40;
const BATCH_MIN = 50;
const BATCH_MAX = 500;

export interface RetentionRun {
  /** Files that were written, or whose events were deleted to the end. */
  files: { name: string; day: string; rows: number; bytes: number }[];
  /** Events that were deleted from the database; each is in a file. */
  deleted: number;
  /** Longest time for which one step held the database. */
  longestHoldMs: number;
}

interface RunOptions {
  /** Days for which events are kept; then they are archived by whole UTC days. */
  keepDays: number;
  /** Only when it was not done within this time; 0: at once. */
  everyMs: number;
  /** After each file. */
  onFile?: (file: ArchiveFile) => void;
}

/**
 * Archives the events of every UTC day that ended more than `keepDays` days ago, and deletes them here. A day is
 * written, synced, read back and noted before the first of its events goes. Killed at any moment, the next run goes on.
 * Null: not due. Throws `retention.running`, `archive.unwritable`, `archive.missing` and `archive.damaged`.
 */
export async function runRetention(
  actor: Actor,
  options: RunOptions,
  { connection }: { connection: SqlConnection },
  deps: ControlDeps,
): Promise<RetentionRun | null> {
  requirePermission(actor, "retention.run");
  const begunAt = await claimWork(actor, WORK, options.everyMs, deps);
  if (begunAt === null) {
    if (options.everyMs > 0) return null;
    throw new AppError("retention.running");
  }
  const run = new Run(actor, options, connection, deps);
  try {
    await run.all();
    await finishWork(actor, WORK, begunAt, deps);
  } finally {
    // Given back also after a failure: who has made room need not wait.
    await writeSetting(connection, WORK.begun, "", deps.now()).catch(() => {});
  }
  return run.result;
}

/** One run: its steps share the connection, the batch size and the result. */
class Run {
  readonly result: RetentionRun = { files: [], deleted: 0, longestHoldMs: 0 };
  private batch = 100;
  private saidTick = performance.now();
  private readonly folder: string;

  constructor(
    private readonly actor: Actor,
    private readonly options: RunOptions,
    private readonly connection: SqlConnection,
    private readonly deps: ControlDeps,
  ) {
    this.folder = deps.config.archiveFolder;
  }

  async all(): Promise<void> {
    const { connection, folder } = this;
    await prepareArchiveFolder(this.deps.config);
    await prepareArchiving(connection, this.deps.now());
    for (const file of await listArchiveFiles(connection)) if (file.deletedAt === null) await this.goOn(file);
    for (let day = await this.nextDay(); day !== null; day = await this.nextDay()) await this.archive(day);
    await this.removeLeftovers();
    for (let hasMore = true; hasMore; await this.giveWay()) {
      const beginTick = performance.now();
      hasMore = await shrinkStep(connection);
      this.noteHold(performance.now() - beginTick);
    }
    await settleLog(connection);
    await tidyFolder(folder, await listArchiveFiles(connection));
  }

  /** The oldest day with events, when it ended long enough ago. */
  private async nextDay(): Promise<string | null> {
    const oldestMs = await oldestEventMs(this.connection);
    if (oldestMs === null) return null;
    const day = toUtcDay(oldestMs);
    return utcDayBounds(day).toMs <= archiveBeforeMs(this.options.keepDays, this.deps.now()) ? day : null;
  }

  /** Removes months without events, and words of archived events. Those of a month more stay for late records. */
  private async removeLeftovers(): Promise<void> {
    const { connection, deps } = this;
    const oldestMs = (await oldestEventMs(connection)) ?? deps.now().getTime();
    await removeEmptyPartitions(connection, Math.min(oldestMs, archiveBeforeMs(this.options.keepDays, deps.now())));
    const beforeMonth = Math.min(monthNumber(oldestMs), monthNumber(deps.now().getTime())) - 1;
    for (let afterId: number | null = 0; afterId !== null; await this.giveWay()) {
      const beginTick = performance.now();
      afterId = (await removeUnusedWords(connection, beforeMonth, afterId))?.lastId ?? null;
      this.noteHold(performance.now() - beginTick);
    }
  }

  private async archive(day: string): Promise<void> {
    const { connection, folder, deps } = this;
    await prepareArchiveFolder(deps.config); // the disk may have been taken away since the last file
    const others = await listArchiveFiles(connection);
    const part = others.filter((other) => other.day === day).length + 1;
    const written = await writeEvents(folder, this.readPages(day));
    if (written === null) return;
    const { rows, bytes, sha256, ids } = written;
    const name = await nameFile(folder, day, written, new Set(others.map((other) => other.name)));
    const at = deps.now();
    const noted = { name, day, part, rows, bytes, sha256, folder, hostname: hostname(), writtenAt: at.toISOString() };
    try {
      await inControlTransaction(connection, async () => {
        await noteArchiveFile(connection, noted, ids);
        const after = { file: name, day, rows, bytes, sha256 };
        await recordAudit(connection, this.actor, { action: "events.archive", after }, at);
      });
    } catch (error) {
      await dropPending(folder, noted).catch(() => {});
      // Another process has archived it meanwhile, because this one was stopped for longer than it may be silent.
      if (isThereAlready(error)) throw new AppError("retention.running");
      throw error;
    }
    await this.deleteEvents({ ...noted, deletedRows: 0, deletedAt: null });
  }

  private async *readPages(day: string): AsyncGenerator<RequestEvent[]> {
    let rows = 0;
    for await (const events of eventPages(this.connection, utcDayBounds(day), PAGE_ROWS)) {
      yield events;
      rows += events.length;
      if (rows >= FILE_ROWS_MAX) return;
      await this.giveWay();
    }
  }

  /** A file whose events an earlier run did not delete to the end. */
  private async goOn(file: ArchiveFile): Promise<void> {
    // Where the file was lost before the first event was deleted, the day is simply archived again.
    if (!isThere(this.folder, file) && (await forgetArchiveFile(this.connection, file.name))) return;
    await this.deleteEvents(file);
  }

  private async deleteEvents(file: ArchiveFile): Promise<void> {
    const { connection, folder } = this;
    await placeFile(folder, file);
    await tidyFolder(folder, await listArchiveFiles(connection));
    for await (const events of readEventPages(join(folder, file.name))) {
      const archived = new Map(events.map((event) => [event.id, toText(event)]));
      const check = (deleted: readonly RequestEvent[]) => {
        for (const event of deleted)
          if (archived.get(event.id) !== toText(event))
            throw damagedFile(folder, file.name, `it says otherwise of ${event.id} than the database`);
      };
      const ids = [...archived.keys()];
      for (let from = 0; from < ids.length; ) {
        const some = ids.slice(from, from + this.batch);
        from += some.length;
        const { deleted, heldMs } = await deleteArchived(connection, file.name, some, check);
        this.result.deleted += deleted;
        this.noteHold(heldMs);
        const fitting = Math.round((this.batch * HOLD_MS) / Math.max(heldMs, 1));
        this.batch = Math.min(BATCH_MAX, Math.max(BATCH_MIN, Math.min(fitting, this.batch * 2)));
        await this.giveWay();
      }
    }
    await finishArchiveFile(connection, file.name, this.deps.now());
    const { name, day, rows, bytes } = file;
    this.result.files.push({ name, day, rows, bytes });
    this.options.onFile?.(file);
  }

  private noteHold(heldMs: number): void {
    this.result.longestHoldMs = Math.max(this.result.longestHoldMs, heldMs);
  }

  /** Lets waiting writers have the database as long as it was held. Says once a minute that this process is alive. */
  private async giveWay(): Promise<void> {
    await wait(HOLD_MS / 2);
    if (performance.now() - this.saidTick < SAY_EVERY_MS) return;
    this.saidTick = performance.now();
    const at = this.deps.now();
    await writeSetting(this.connection, WORK.begun, at.toISOString(), at);
  }
}

/** Days that end at this instant or before are archived. */
export const archiveBeforeMs = (keepDays: number, now: Date): number => now.getTime() - keepDays * MS_PER_DAY;
