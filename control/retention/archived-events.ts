import { join } from "node:path";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { toUtcDay, utcDayBounds } from "#core/time/utc-day.ts";
import { type ArchiveFile, listArchiveFiles, nextEventMs } from "#store/archive-files.ts";
import { type EventFilter, matchesFilter } from "#store/event-filter.ts";
import { eventPages } from "#store/events.ts";
import type { ControlDeps } from "../deps.ts";
import { checkFile } from "./archive-folder.ts";
import { readEventPages } from "./parquet.ts";

/** What is read at a time: the requests of an hour are in memory. */
const SPAN_MS = 3_600_000;

interface Range {
  fromMs: number;
  toMs: number;
}

const toDays = ({ fromMs, toMs }: Range) => ({ from: toUtcDay(fromMs), to: toUtcDay(Math.max(fromMs, toMs - 1)) });

/** Proves the files of the archive that a range needs. Throws `archive.missing` or `archive.damaged`. */
export async function checkArchived(range: Range, { db, config }: ControlDeps): Promise<ReadonlySet<string>> {
  const files = await listArchiveFiles(db, toDays(range));
  for (const file of files) await checkFile(config.archiveFolder, file);
  return new Set(files.map(({ name }) => name));
}

/**
 * Reads the requests of a range from database and archive, oldest first, an hour at a time. They are the same requests
 * in the same order before, while and after they are archived. `proven`: files that need no other look.
 */
export async function* readAllEvents(
  filter: EventFilter & Range,
  deps: ControlDeps,
  proven: ReadonlySet<string>,
): AsyncGenerator<RequestEvent[]> {
  const cursors = new Map<string, Cursor>();
  for (let fromMs = await nextMs(filter.fromMs, filter, deps); fromMs !== null; ) {
    const toMs = Math.min(filter.toMs, (Math.floor(fromMs / SPAN_MS) + 1) * SPAN_MS);
    const found = new Map<string, RequestEvent>();
    // First what is held, then the list of files: what is deleted in between is in a file by then.
    for await (const page of eventPages(deps.db, { fromMs, toMs }))
      for (const event of page) found.set(event.id, event);
    const day = toUtcDay(fromMs);
    for (const [name, cursor] of cursors) if (cursor.day !== day) cursors.delete(name);
    for (const file of await listArchiveFiles(deps.db, { from: day, to: day })) {
      const cursor = cursors.get(file.name) ?? (await openCursor(file, deps, proven));
      cursors.set(file.name, cursor);
      for (const event of await cursor.takeBefore(toMs)) if (event.startedAtMs >= fromMs) found.set(event.id, event);
    }
    const events = [...found.values()].filter((event) => matchesFilter(event, filter)).sort(byTimeAndId);
    if (events.length > 0) yield events;
    fromMs = await nextMs(toMs, filter, deps);
  }
}

/** One order on both databases, whose rules for text differ. */
function byTimeAndId(one: RequestEvent, other: RequestEvent): number {
  if (one.startedAtMs !== other.startedAtMs) return one.startedAtMs - other.startedAtMs;
  return one.id < other.id ? -1 : 1;
}

/** The next instant from which there may be requests; null where none are left in the range. */
async function nextMs(fromMs: number, { toMs }: Range, { db }: ControlDeps): Promise<number | null> {
  if (fromMs >= toMs) return null;
  const [file] = await listArchiveFiles(db, toDays({ fromMs, toMs }));
  const archivedMs = file === undefined ? toMs : Math.max(fromMs, utcDayBounds(file.day).fromMs);
  const next = Math.min((await nextEventMs(db, fromMs)) ?? toMs, archivedMs);
  return next >= toMs ? null : next;
}

async function openCursor(file: ArchiveFile, { config }: ControlDeps, proven: ReadonlySet<string>): Promise<Cursor> {
  if (!proven.has(file.name)) await checkFile(config.archiveFolder, file);
  return new Cursor(file.day, readEventPages(join(config.archiveFolder, file.name)));
}

/** Reads a file once, from its beginning to its end. */
class Cursor {
  private waiting: RequestEvent[] = [];

  constructor(
    readonly day: string,
    private readonly pages: AsyncGenerator<RequestEvent[]>,
  ) {}

  /** The events up to an instant that were not taken yet. */
  async takeBefore(toMs: number): Promise<RequestEvent[]> {
    const taken: RequestEvent[] = [];
    for (;;) {
      const end = this.waiting.findIndex(({ startedAtMs }) => startedAtMs >= toMs);
      taken.push(...this.waiting.splice(0, end < 0 ? this.waiting.length : end));
      if (end >= 0) return taken;
      const next = await this.pages.next();
      if (next.done) return taken;
      this.waiting = next.value;
    }
  }
}
