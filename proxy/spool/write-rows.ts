import { EVENT_FIELDS, EVENT_PARTS, EVENT_SCHEMA_VERSION, type EventField } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { buildLayout } from "./layouts.ts";
import type { OpenRecord } from "./records.ts";
import type { RowWriter } from "./row-writer.ts";

const OPEN = Buffer.from(`"open",${EVENT_SCHEMA_VERSION}`);
const CLOSE = Buffer.from(`"close",${EVENT_SCHEMA_VERSION}`);

/** A record as the writer sees it. With any content of a field the row is written, and its reader judges it. */
type Values = Readonly<Record<string, unknown>>;
/** `sharedJson`: the JSON of the fields that all requests of a session have in common. */
type WriteFields = (row: RowWriter, record: Values, sharedJson: (record: Values) => Uint8Array) => void;

/** Method of the writer for each kind of a plain value. */
const METHODS = { text: "text", word: "name", whole: "number", flag: "flag", money: "amount" } as const;

const { open: openLayout, close: closeLayout } = buildLayout(EVENT_SCHEMA_VERSION);
const writeOpenFields = generateWriter(openLayout);
const writeCloseFields = generateWriter(closeLayout);

/** Writes the row of an opened request, as `rows.ts` reads it. */
export const writeOpen = (row: RowWriter, open: OpenRecord): void => writeRow(row, OPEN, writeOpenFields, open);

/** Writes the row of a request that has ended. */
export const writeClose = (row: RowWriter, event: RequestEvent): void => writeRow(row, CLOSE, writeCloseFields, event);

function writeRow(row: RowWriter, head: Buffer, writeFields: WriteFields, record: Values): void {
  row.openList();
  row.json(head);
  writeFields(row, record, sharedJson);
  row.closeList();
}

/**
 * Generates the writer of a layout. It has one line of code for each field, and one for all that a session shares,
 * which stand side by side. With a closure for each field instead, reading the fields by computed names, records cost
 * twice the time.
 */
function generateWriter(fields: readonly EventField[]): WriteFields {
  const firstShared = fields.find(({ when }) => when === "session");
  const lines = fields.flatMap((field) => {
    if (field === firstShared) return ["row.json(sharedJson(record));"];
    return field.when === "session" ? [] : [buildLine(field)];
  });
  return new Function("row", "record", "sharedJson", lines.join("\n")) as WriteFields;
}

function buildLine({ name, kind }: EventField): string {
  if (!(kind in EVENT_PARTS)) return `row.${METHODS[kind as keyof typeof METHODS]}(record.${name});`;
  const part = EVENT_PARTS[kind as keyof typeof EVENT_PARTS];
  const method = part.kind === "money" ? METHODS.money : METHODS.whole;
  const members = Object.keys(part.columns).map((member) => `row.${method}(part.${member});`);
  // A missing object becomes null: its reader sets the record aside, and no request fails for it.
  return `{ const part = record.${name};
    if (typeof part !== "object" || part === null) row.nothing();
    else { row.openList(); ${members.join(" ")} row.closeList(); } }`;
}

const SHARED = EVENT_FIELDS.filter(({ when }) => when === "session").map(({ name }) => name);
const isShared = new Function(
  "one",
  "other",
  `return ${SHARED.map((name) => `one.${name} === other.${name}`).join(" && ")};`,
) as (one: Values, other: Values) => boolean;
const REMEMBERED_MAX = 1_000;
/** By session, the record written last and the JSON of what it shares with the session's next one. */
const written = new Map<unknown, { record: Values; json: Uint8Array }>();

function sharedJson(record: Values): Uint8Array {
  const before = written.get(record.sessionId);
  if (before !== undefined && isShared(before.record, record)) return before.json;
  const json = Buffer.from(JSON.stringify(SHARED.map((name) => record[name])).slice(1, -1));
  if (written.size >= REMEMBERED_MAX) written.clear();
  written.set(record.sessionId, { record, json });
  return json;
}
