import { EVENT_FIELDS, EVENT_PARTS, EVENT_SCHEMA_VERSION, type EventField } from "#core/activity/event-schema.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import { layoutOf } from "./layouts.ts";
import type { OpenRecord } from "./records.ts";
import type { RowWriter } from "./row-writer.ts";

const OPEN = Buffer.from(`"open",${EVENT_SCHEMA_VERSION}`);
const CLOSE = Buffer.from(`"close",${EVENT_SCHEMA_VERSION}`);

/** A record as the writer sees it: with any content of a field the row is written, and its reader judges it. */
type Values = Readonly<Record<string, unknown>>;
type WriteStep = (row: RowWriter, record: Values) => void;

const { open: openLayout, close: closeLayout } = layoutOf(EVENT_SCHEMA_VERSION);
const openSteps = stepsOf(openLayout);
const closeSteps = stepsOf(closeLayout);

/** Writes the row of an opened request, as `rows.ts` reads it. */
export const writeOpen = (row: RowWriter, open: OpenRecord): void => writeRow(row, OPEN, openSteps, open);

/** Writes the row of a request that has ended. */
export const writeClose = (row: RowWriter, event: RequestEvent): void => writeRow(row, CLOSE, closeSteps, event);

function writeRow(row: RowWriter, head: Buffer, steps: readonly WriteStep[], record: Values): void {
  row.openList();
  row.json(head);
  for (const step of steps) step(row, record);
  row.closeList();
}

/** One step for each field, and one for all that a session shares, which stand side by side. */
function stepsOf(fields: readonly EventField[]): WriteStep[] {
  const firstShared = fields.find(({ when }) => when === "session");
  return fields.flatMap((field) => {
    if (field === firstShared) return [(row: RowWriter, record: Values) => row.json(sharedJson(record))];
    return field.when === "session" ? [] : [stepOf(field)];
  });
}

function stepOf({ name, kind }: EventField): WriteStep {
  switch (kind) {
    case "text":
      return (row, record) => row.text(record[name]);
    case "word":
      return (row, record) => row.name(record[name]);
    case "whole":
      return (row, record) => row.number(record[name]);
    case "flag":
      return (row, record) => row.flag(record[name]);
    case "money":
      return (row, record) => row.amount(record[name]);
    default:
      return partStep(name, kind);
  }
}

/** A field that is an object becomes a list. One that is missing becomes null: its reader sets the record aside, and no request fails for it. */
function partStep(name: string, kind: keyof typeof EVENT_PARTS): WriteStep {
  const members = Object.keys(EVENT_PARTS[kind].columns);
  const isMoney = EVENT_PARTS[kind].kind === "money";
  return (row, record) => {
    const part = record[name];
    if (typeof part !== "object" || part === null) {
      row.nothing();
      return;
    }
    row.openList();
    for (const member of members) {
      const value = (part as Values)[member];
      if (isMoney) row.amount(value);
      else row.number(value);
    }
    row.closeList();
  };
}

const SHARED = EVENT_FIELDS.filter(({ when }) => when === "session").map(({ name }) => name);
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

function isShared(one: Values, other: Values): boolean {
  for (const name of SHARED) if (one[name] !== other[name]) return false;
  return true;
}
