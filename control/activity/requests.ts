import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { LiveRequests, RequestPage } from "#core/activity/request-view.ts";
import { rangeView } from "#core/costs/chart-series.ts";
import { readArchivedBefore } from "#store/archive-files.ts";
import { type EventKey, listEvents, listEventsEndedSince } from "#store/events.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { callerNames } from "./callers.ts";
import { type KeyField, keyField, keyText } from "./page-key.ts";
import { requestRow } from "./row.ts";
import { type ActivityScope, activityScope, archivedInRange } from "./scope.ts";
import { isFoundByRollups, matchingSpans } from "./spans.ts";

export const requestPageInput = z.object({
  after: keyField,
  limit: z.coerce.number().int().min(1).max(200).default(50),
});

/** One page of requests, newest first. Never counts and never skips: the next page begins after a key. */
export async function listRequests(actor: Actor, input: unknown, deps: ControlDeps): Promise<RequestPage> {
  const scope = await activityScope(actor, input, deps);
  const { range, isOwn } = scope;
  const { after, limit } = parseInput(requestPageInput, input);
  const page = { take: limit + 1, ...(after === undefined ? {} : { after }) };
  const asOfMs = deps.now().getTime();
  const [events, names] = await Promise.all([newestEvents(scope, page, deps), callerNames(deps)]);
  const shown = events.slice(0, limit);
  const last: KeyField = events.length > limit ? shown.at(-1) : undefined;
  return {
    range: rangeView(range),
    asOfMs,
    rows: shown.map((event) => requestRow(event, names, deps)),
    next: last === undefined ? null : keyText(last),
    archivedBefore: await archivedInRange(range, deps),
    state: events.length > 0 ? "ok" : await stateOfNothing(isOwn ? actor.id : undefined, after, deps),
    isOwn,
  };
}

/** Straight down the index where it leads to matches soon; else span by span, where the rollups have seen some. */
async function newestEvents(
  scope: ActivityScope,
  page: { after?: EventKey; take: number },
  deps: ControlDeps,
): Promise<RequestEvent[]> {
  if (!isFoundByRollups(scope)) return listEvents(deps.reports, scope.filter, page);
  const events: RequestEvent[] = [];
  const untilMs = page.after?.startedAtMs ?? scope.range.toMs;
  for await (const span of matchingSpans(scope, untilMs, deps)) {
    const rest = { ...page, take: page.take - events.length };
    events.push(...(await listEvents(deps.reports, { ...scope.filter, ...span }, rest)));
    if (events.length >= page.take) break;
  }
  return events;
}

async function stateOfNothing(
  personId: string | undefined,
  after: EventKey | undefined,
  deps: ControlDeps,
): Promise<RequestPage["state"]> {
  if (after !== undefined) return "ok";
  const any = await listEvents(deps.reports, personId === undefined ? {} : { personId }, { take: 1 });
  return any.length > 0 || (await readArchivedBefore(deps.db)) !== null ? "nothing" : "empty";
}

export const liveInput = z.object({
  /** The latest end seen so far, or when the list was read, epoch milliseconds; without it Live begins now. */
  since: z.coerce.number().int().min(0).optional(),
});

/** Instances hand their records in within about a second of each other: what ended so long ago may still arrive. */
const arrivesWithinMs = 5_000;
const liveMax = 200;
/** A page that slept for longer starts over instead of reading an hour at once. */
const liveWithinMs = 60_000;

/** What ended since the last look, within the filter. The overlap repeats rows on purpose: the reader knows them by id. */
export async function liveRequests(actor: Actor, input: unknown, deps: ControlDeps): Promise<LiveRequests> {
  const { filter } = await activityScope(actor, input, deps);
  const { since } = parseInput(liveInput, input);
  const { fromMs: _from, toMs: _to, ...always } = filter;
  const nowMs = deps.now().getTime();
  const fromMs = Math.max((since ?? nowMs) - arrivesWithinMs, nowMs - liveWithinMs);
  const [events, names] = await Promise.all([
    listEventsEndedSince(deps.reports, always, fromMs, liveMax + 1),
    callerNames(deps),
  ]);
  const rows = events.slice(-liveMax).map((event) => requestRow(event, names, deps));
  // A clock that runs ahead on one instance must not hide what others end meanwhile.
  const latest = Math.min(rows.at(-1)?.endedAtMs ?? 0, nowMs);
  return { rows, until: Math.max(since ?? nowMs, latest), isCut: events.length > liveMax };
}
