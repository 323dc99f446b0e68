import { BoundedCache } from "#core/memo.ts";
import type { HazardCode } from "#core/rules/hazards/code.ts";
import { HAZARD_FIELDS } from "#core/rules/hazards/registry.ts";
import { EDITED_FIELDS } from "./edited-fields.ts";
import type { RecordedEdit } from "./recorded-edit.ts";

const ACTIONS: readonly string[] = ["translate", "clamp", "drop", "move", "skip", "override-model"];
const FIELDS: readonly string[] = EDITED_FIELDS;

const numbered = (words: readonly string[]): ReadonlyMap<string, number> =>
  new Map(words.map((word, position) => [word, position + 1]));

const CODE_NUMBERS = numbered(["model", ...Object.keys(HAZARD_FIELDS)]);
const FIELD_NUMBERS = numbered(FIELDS);
const ACTION_NUMBERS = numbered(ACTIONS);

const toJson = ({ code, field, action }: RecordedEdit): string =>
  `{"code":"${code}","field":"${field}","action":"${action}"}`;

const MODEL_JSON = toJson({ code: "model", field: "model", action: "override-model" });
const MODEL_ONLY = `[${MODEL_JSON}]`;
const SKIPPED = new Map(
  (Object.keys(HAZARD_FIELDS) as HazardCode[]).map((code) => [
    code as string,
    `[${toJson({ code, field: HAZARD_FIELDS[code], action: "skip" })}]`,
  ]),
);

/**
 * The record of an overridden request: the model's name, then each change, as one line of JSON. The names are of closed
 * lists that need no escapes, so writing it is joining a few strings.
 */
export function recordOfOverride(changes: readonly RecordedEdit[]): string {
  if (changes.length === 0) return MODEL_ONLY;
  // Every turn of a session is changed alike: the record is the same string, not only an equal one.
  let key = "";
  for (const { code, field, action } of changes) {
    key += String.fromCharCode(
      CODE_NUMBERS.get(code) ?? 0,
      FIELD_NUMBERS.get(field) ?? 0,
      ACTION_NUMBERS.get(action) ?? 0,
    );
  }
  const known = records.get(key);
  if (known !== undefined) return known;
  const record = newRecord(changes);
  records.set(key, record);
  return record;
}

const records = new BoundedCache<string, string>({ entriesMax: 500 });

function newRecord(changes: readonly RecordedEdit[]): string {
  let json = `[${MODEL_JSON}`;
  for (const change of changes) {
    const one = toJson(change);
    if (!json.includes(one)) json += `,${one}`;
  }
  return `${json}]`;
}

const HAZARD_REASON = "hazard:";

/** The reason of a decision that a hazard has prevented. */
export const hazardReason = (code: HazardCode): string => HAZARD_REASON + code;

/** The record of a request that kept its model because of a hazard; null for every other reason. */
export function recordOfSkip(reason: string): string | null {
  return reason.startsWith(HAZARD_REASON) ? (SKIPPED.get(reason.slice(HAZARD_REASON.length)) ?? null) : null;
}

/** The edits a record lists. Empty for null, for what is no record, and without the entries of a newer release. */
export function readRecordedEdits(record: string | null): RecordedEdit[] {
  if (record === null) return [];
  try {
    const entries: unknown = JSON.parse(record);
    return Array.isArray(entries)
      ? entries.filter(isRecordedEdit).map(({ code, field, action }) => ({ code, field, action }))
      : [];
  } catch {
    return [];
  }
}

function isRecordedEdit(entry: unknown): entry is RecordedEdit {
  if (typeof entry !== "object" || entry === null) return false;
  const { code, field, action } = entry as Record<string, unknown>;
  const isKnownCode = typeof code === "string" && (code === "model" || Object.hasOwn(HAZARD_FIELDS, code));
  return isKnownCode && FIELDS.includes(field as string) && ACTIONS.includes(action as string);
}
