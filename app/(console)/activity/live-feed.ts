import type { RequestRow } from "#core/activity/request-view.ts";

/** Row limit, above what is readable while rows move. */
const SHOWN_MAX = 200;
const WAITING_MAX = 500;

/** Shown rows of Live and the rows that arrived since, in the order in which they ended. */
export interface LiveFeed {
  /** Newest arrival first. */
  shown: readonly RequestRow[];
  /** Not drawn yet, oldest first. */
  waiting: readonly RequestRow[];
  /** Ended, but never drawn: there were too many. */
  passed: number;
}

export const startFeed = (rows: readonly RequestRow[]): LiveFeed => ({ shown: rows, waiting: [], passed: 0 });

/** Adds the rows of a poll; known rows are skipped. */
export function arrived(feed: LiveFeed, rows: readonly RequestRow[]): LiveFeed {
  const known = new Set([...feed.shown, ...feed.waiting].map(({ id }) => id));
  const fresh = rows.filter(({ id }) => !known.has(id));
  if (fresh.length === 0) return feed;
  const waiting = [...feed.waiting, ...fresh];
  const over = Math.max(0, waiting.length - WAITING_MAX);
  return { ...feed, waiting: waiting.slice(over), passed: feed.passed + over };
}

/** Draws up to `atMost` rows. If more arrived, the newest are drawn and the rest is counted. */
export function drawn(feed: LiveFeed, atMost: number): LiveFeed {
  if (feed.waiting.length === 0) return feed;
  const next = feed.waiting.slice(-atMost);
  const shown = [...next].reverse().concat(feed.shown).slice(0, SHOWN_MAX);
  return { shown, waiting: [], passed: feed.passed + feed.waiting.length - next.length };
}
