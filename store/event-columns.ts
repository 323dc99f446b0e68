import { type CompiledMember, compileObject, objectCode } from "#core/activity/compile-object.ts";
import {
  EVENT_COLUMNS,
  EVENT_FIELDS,
  EVENT_PARTS,
  type EventColumn,
  type EventField,
  type EventFieldName,
  type ScalarKind,
} from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { numberOrNull, textOrNull } from "./raw.ts";
import type { SqlRow, SqlValue } from "./sql.ts";

/**
 * What a column holds in both databases. Money is decimal text of nano-dollars: it may pass 2^53, so it never becomes a
 * number.
 */
type CellKind = "text" | "integer" | "money";

interface Cell {
  column: string;
  kind: CellKind;
  isNullable: boolean;
}

const CELL_KINDS: Readonly<Record<ScalarKind, CellKind>> = {
  text: "text",
  word: "text",
  whole: "integer",
  flag: "integer",
  money: "money",
};

/**
 * Tables that hold events, in reading order. The first is the one in which an instance of the release before writes
 * while it still serves. The second is the events' own table. They are read in this order, because events are moved
 * from the first to the second meanwhile.
 */
export const EVENT_TABLES = ["request_event", "event_row"] as const;

/** The table `event_row`, column by column, with the words that its ids stand for. */
export const eventColumns: readonly Cell[] = EVENT_COLUMNS.map((column) => ({
  column: column.column,
  kind: CELL_KINDS[column.kind],
  isNullable: column.isNullable,
}));

/**
 * The cells of an event, in the order of `eventColumns`. Compiled like the literals of `compileObject`, and for the
 * same reason: a closure for each of seventy cells cost the ledger a tenth of its time. What a record spooled by an
 * older version lacks is null.
 */
export const eventCells = new Function("event", `return [${EVENT_COLUMNS.map(cellCode).join(", ")}];`) as (
  event: RequestEvent,
) => SqlValue[];

function cellCode({ field, member, kind, isNullable }: EventColumn): string {
  if (member !== null) return `event.${field}?.${member} ?? null`;
  if (kind !== "flag") return `event.${field} ?? null`;
  return isNullable ? `typeof event.${field} === "boolean" ? Number(event.${field}) : null` : `event.${field} ? 1 : 0`;
}

/** The event a row was made from; its words are in it. The closed sets of words were checked when the event was written. */
export function eventOfRow(row: SqlRow): RequestEvent {
  return readEvent(row) as unknown as RequestEvent;
}

type Cells = SqlRow[string] | undefined;
const flagOrNull = (value: Cells): boolean | null => (value == null ? null : Number(value) === 1);

const readEvent = compileObject<SqlRow, Record<string, (value: Cells) => unknown>>(EVENT_FIELDS.map(compileMember), {
  text: (value) => textOrNull(value) ?? "",
  textOrNull,
  integer: (value) => numberOrNull(value) ?? 0,
  integerOrNull: numberOrNull,
  flag: (value) => flagOrNull(value) ?? false,
  flagOrNull,
});

/** An object of several columns is there when the first of them is. */
function compileMember({ name, kind, column, isNullable = false }: EventField): CompiledMember {
  if (kind !== "usage" && kind !== "costs") return [name, readCode(kind, column ?? name, isNullable)];
  const part = EVENT_PARTS[kind];
  const columns = Object.entries(part.columns);
  const [, first = ""] = columns[0] ?? [];
  const object = objectCode(columns.map(([member, of]) => [member, readCode(part.kind, of, false)]));
  return [name, isNullable ? `source.${first} == null ? null : ${object}` : object];
}

function readCode(kind: ScalarKind, column: string, isNullable: boolean): string {
  const read = kind === "flag" ? "flag" : CELL_KINDS[kind] === "integer" ? "integer" : "text";
  return `${read}${isNullable ? "OrNull" : ""}(source.${column})`;
}

/** Fields that no sum and no amount depends on: most of a row's words are in them. */
const UNCOUNTED_FIELDS: ReadonlySet<EventFieldName> = new Set([
  ...([
    "instanceId",
    "upstreamRequestId",
    "streamed",
    "stopReason",
    "answeredModel",
    "reason",
    "edits",
    "arm",
  ] as const),
  ...(["sessionId", "agentId", "parentAgentId", "clientName", "clientVersion", "facts", "messages"] as const),
  ...(["toolResults", "toolErrors", "newToolResults", "newToolErrors", "humanTurn", "interrupted"] as const),
  ...(["compacted", "repeatedCalls", "toolUses", "cacheCause", "lostCacheTokens"] as const),
  ...(["requestBytes", "responseBytes"] as const),
]);

/** Columns that the rollups and the prices of an event are made of. */
export const COUNTED_COLUMNS: readonly string[] = EVENT_COLUMNS.filter(({ field }) => !UNCOUNTED_FIELDS.has(field)).map(
  ({ column }) => column,
);
