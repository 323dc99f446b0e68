import { addMeasures, type RollupDims, type RollupMeasures, rollupDimNames } from "#core/costs/rollup.ts";
import { buildFocusRows, type FocusFrame, type FocusRow } from "#core/report/focus.ts";
import { FocusDay } from "#core/report/focus-groups.ts";
import { addMonths, dayStartMs } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { EventFilter } from "#store/event-filter.ts";
import { readEmails } from "../costs/export.ts";
import { countedEndpoints, dayRows, quartersBy } from "../costs/rows.ts";
import type { CostScope } from "../costs/scope.ts";
import type { ControlDeps } from "../deps.ts";
import { readAllEvents } from "../retention/archived-events.ts";
import { organisationName } from "../settings/read.ts";

/** Dimensions of a group of requests, but for the key, which no column names. */
const DIMS = rollupDimNames.filter((name) => name !== "proxyKeyId");

interface FocusQuestion {
  range: TimeRange;
  filter: CostScope["filter"];
  isReportingZone: boolean;
  /** Files of the archive that need no other look. */
  proven: ReadonlySet<string>;
}

/**
 * Reads the rows of FOCUS, a day at a time. They come from the single requests, which alone know their price list, tier
 * and session; what the day's sums hold beyond them is added, so that the costs add up to those of the page Costs.
 */
export async function* readFocusRows(
  { range, filter, isReportingZone, proven }: FocusQuestion,
  deps: ControlDeps,
): AsyncGenerator<FocusRow[]> {
  const frame = await readFrame(deps);
  // The sums of the database itself: those of a copy may be older than the requests just read.
  const own = { ...deps, reports: deps.db };
  for (const [at, day] of range.days.entries()) {
    const next = range.days[at + 1];
    const span = {
      fromMs: dayStartMs(day, range.zone),
      toMs: next === undefined ? range.toMs : dayStartMs(next, range.zone),
    };
    const groups = new FocusDay(deps.config.catalogue);
    for await (const events of readAllEvents({ ...toEventFilter(filter), ...span }, deps, proven))
      for (const event of events) groups.add(event);
    const one = { range: { ...range, ...span, days: [day] }, filter };
    const sums = isReportingZone ? await dayRows(one, DIMS, own) : await quartersBy(one, DIMS, own);
    const month = `${day.slice(0, 7)}-01`;
    const bounds = {
      day: [toInstant(span.fromMs), toInstant(span.toMs)],
      month: [month, addMonths(month, 1)].map((first) => toInstant(dayStartMs(first, range.zone))),
    } as unknown as Pick<FocusFrame, "day" | "month">;
    const rows = mergeQuarters(sums.map((row) => ({ ...row, proxyKeyId: "" })));
    yield groups.complete(rows).flatMap((group) => buildFocusRows(group, { ...frame, ...bounds }));
  }
}

type SumRow = RollupDims & RollupMeasures;

/** Adds up quarter-hours of a day; days are one row each already. */
function mergeQuarters(rows: readonly SumRow[]): SumRow[] {
  const merged = new Map<string, SumRow>();
  for (const row of rows) {
    const key = JSON.stringify(DIMS.map((name) => row[name]));
    const known = merged.get(key);
    if (known === undefined) merged.set(key, { ...row });
    else addMeasures(known, row);
  }
  return [...merged.values()];
}

const toInstant = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`;

const toEventFilter = ({ project, team, model, person, key }: CostScope["filter"]): EventFilter => ({
  endpoint: countedEndpoints,
  ...(project === undefined ? {} : { project }),
  ...(team === undefined ? {} : { team }),
  ...(model === undefined ? {} : { servedModel: model }),
  ...(person === undefined ? {} : { personId: person }),
  ...(key === undefined ? {} : { proxyKeyId: key }),
});

/** The provider's account is not known here: the organisation's name stands for it. */
async function readFrame(deps: ControlDeps): Promise<Pick<FocusFrame, "accountId" | "accountName" | "findEmail">> {
  const [name, findEmail] = await Promise.all([organisationName(deps), readEmails(true, deps)]);
  const slug = name
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-|-$/g, "");
  return {
    accountId: `cco:${slug || "installation"}`,
    accountName: name || "CCO",
    findEmail,
  };
}
