import { findFields } from "#core/json-index/json-fields.ts";
import type { Field } from "#core/json-index/json-scan.ts";
import { Meter } from "../request/usage-meter.ts";

/** An answered request of a batch. */
export interface AnsweredLine {
  kind: "answered";
  customId: string;
  model: string;
  meter: Meter;
}

/** What a line of results says. `free`: the request was not answered, and costs nothing. */
type ResultLine = AnsweredLine | { kind: "free" } | { kind: "unread"; why: string };

const FREE = new Set(["errored", "canceled", "expired"]);
const CUSTOM_ID_MAX = 1024;

/**
 * Reads a line of the results of a batch. A part of a line is never taken for a whole one: the beginning of an object is
 * no JSON, nor is its end.
 */
export function readResultLine(bytes: Buffer): ResultLine {
  const line = findFields(bytes, { start: 0, end: bytes.length });
  if (line === null) return unread("no valid JSON");
  const customId = readText(bytes, line, "custom_id");
  if (customId === null || customId === "" || customId.length > CUSTOM_ID_MAX) return unread("no custom_id");
  const result = readObject(bytes, line, "result");
  if (result === null) return unread("no result");
  const type = readText(bytes, result, "type");
  if (type !== null && FREE.has(type)) return { kind: "free" };
  if (type !== "succeeded") return unread("a result of an unknown type");
  const message = result.findLast(({ name }) => name === "message");
  const meter = new Meter();
  if (message !== undefined) meter.readJson(bytes.subarray(message.start, message.end), 200);
  const { answeredModel: model } = meter;
  return model === null ? unread("no model") : { kind: "answered", customId, model, meter };
}

const unread = (why: string): ResultLine => ({ kind: "unread", why });

/** Of a field given twice the last counts, as in JSON.parse. */
function readText(bytes: Buffer, fields: readonly Field[], wanted: string): string | null {
  const field = fields.findLast(({ name }) => name === wanted);
  if (field === undefined) return null;
  try {
    const value: unknown = JSON.parse(bytes.toString("utf8", field.start, field.end));
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}

function readObject(bytes: Buffer, fields: readonly Field[], wanted: string): Field[] | null {
  const field = fields.findLast(({ name }) => name === wanted);
  return field === undefined ? null : findFields(bytes, field);
}
