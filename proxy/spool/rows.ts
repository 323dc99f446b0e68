import { compileObject, objectCode } from "#core/activity/compile-object.ts";
import { EVENT_FIELDS, EVENT_PARTS, EVENT_SCHEMA_VERSION, type EventField } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { buildLayout, FIRST_VALUE } from "./layouts.ts";
import type { OpenRecord } from "./records.ts";

/**
 * A record as a list. It holds its kind, the version of the schema it was written by, and its values in the order of
 * `layouts.ts`.
 */
type Row = readonly unknown[];

type ReadFields = (row: Row) => Record<string, unknown>;

/**
 * The record a row was written from, by this version or an older one. Null for any other row: what a newer program wrote is
 * not guessed at. Fields that came after the row was written are null; values are checked where they are used.
 */
export function readRow(row: Row): { open: OpenRecord } | { close: RequestEvent } | null {
  const [kind, version] = row;
  const readers = readersOf.get(version);
  if (readers === undefined) return null;
  if (kind === "open") return { open: readers.open(row) as unknown as OpenRecord };
  return kind === "close" ? { close: readers.close(row) as unknown as RequestEvent } : null;
}

const readersOf = new Map<unknown, { open: ReadFields; close: ReadFields }>();
for (let version = 1; version <= EVENT_SCHEMA_VERSION; version += 1) {
  const { open, close } = buildLayout(version);
  const known = EVENT_FIELDS.filter(({ when }) => when !== "close");
  readersOf.set(version, { open: compileReader(open, known), close: compileReader(close, EVENT_FIELDS) });
}

function compileReader(layout: readonly EventField[], fields: readonly EventField[]): ReadFields {
  const members = fields.map((field): [string, string] => {
    const at = layout.indexOf(field);
    return [field.name, at === -1 ? "null" : valueCode(field, `source[${FIRST_VALUE + at}]`)];
  });
  return compileObject(members, { isList: Array.isArray });
}

/** A list is the members of a field that is an object. What is missing at the end of a row is null. */
function valueCode({ kind }: EventField, value: string): string {
  if (kind !== "usage" && kind !== "costs") return `${value} ?? null`;
  const names = Object.keys(EVENT_PARTS[kind].columns);
  const members = names.map((name, at): [string, string] => [name, `${value}[${at}]`]);
  return `isList(${value}) ? ${objectCode(members)} : null`;
}
