import { EVENT_COLUMNS, type EventColumn } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { addDays } from "#core/time/instant.ts";
import type { TimeRange } from "#core/time/range.ts";
import type { CsvColumn } from "./csv.ts";

/** Kind of a column in the list of requests. It is the same in a CSV and in a file of the archive. */
type RequestColumnKind = "text" | "whole" | "flag" | "money" | "instant";

export interface RequestColumn {
  name: string;
  kind: RequestColumnKind;
  isNullable: boolean;
  /** Where its value stands in an event. */
  of: EventColumn;
}

/** The columns of a single request, in order: instants are UTC and lose their unit, money is whole nano-dollars. */
export const REQUEST_COLUMNS: readonly RequestColumn[] = EVENT_COLUMNS.map((of) => {
  const isInstant = of.column.endsWith("_at_ms");
  return {
    name: isInstant ? of.column.replace(/_ms$/, "") : of.column,
    kind: isInstant ? "instant" : of.kind === "word" ? "text" : of.kind,
    isNullable: of.isNullable,
    of,
  };
});

/** Builds the columns of the CSV of single requests. Flags are 1 and 0, money is nano-dollars, what is not known is empty. */
export const requestCsvColumns: readonly CsvColumn<RequestEvent>[] = REQUEST_COLUMNS.map(({ name, kind, of }) => ({
  header: name,
  kind: kind === "text" || kind === "instant" ? "text" : "number",
  value: (event) => {
    const value = toCell(event, of);
    if (value === null) return null;
    if (kind === "instant") return new Date(Number(value)).toISOString();
    return typeof value === "boolean" ? Number(value) : value;
  },
}));

function toCell(event: RequestEvent, { field, member }: EventColumn): string | number | boolean | null {
  const value: unknown = event[field];
  const found: unknown = member === null ? value : (value as Record<string, unknown> | null)?.[member];
  return (found ?? null) as string | number | boolean | null;
}

/** Builds the file name, such as `cco_requests_2026-10-01_2026-11-01_Europe-Berlin.csv`: the second day is not included. */
export function requestReportFileName(range: TimeRange): string {
  const end = addDays(range.days.at(-1) ?? range.today, 1);
  return `cco_requests_${range.days[0] ?? range.today}_${end}_${range.zone.replace(/[^\w+-]+/g, "-")}.csv`;
}
