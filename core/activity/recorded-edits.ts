import { HAZARD_FIELDS, HAZARDS, type HazardCode } from "#core/rules/adapt/hazards.ts";

/**
 * What was done to one part of a request for the sake of the served model:
 * `translate`, the same said in the served model's words; `clamp`, a number or level lowered to what it takes; `drop`, left
 * out because it does not take it; `move`, kept at another place of the body; `skip`, the override itself was left out
 * because of this; `override-model`, the model's name replaced, as every override does.
 */
export type EditAction = "translate" | "clamp" | "drop" | "move" | "skip" | "override-model";

/** Every name a record may hold. A closed list, so that nothing out of a request can ever get into one. */
export const EDITED_FIELDS = [
  "model",
  "max_tokens",
  "thinking",
  "thinking.budget_tokens",
  "thinking.block_binding",
  "output_config.effort",
  "output_config.format",
  "output_config.task_budget",
  "messages",
  "messages.output_config",
  "messages.clear_at",
  "tools",
  "tool_choice",
  "temperature",
  "top_p",
  "top_k",
  "context_management.clear_thinking",
  "safeguards",
  "speed",
  "inference_geo",
  "fallbacks",
  "thread, fallback_credit_token",
  "anthropic-beta",
  "body",
] as const;

export type EditedField = (typeof EDITED_FIELDS)[number];

/** One change made to a request, or the hazard that kept an override from being made. Names only, never a value. */
export interface RecordedEdit {
  /** The row of the hazard table; `model` for the replaced name. */
  code: HazardCode | "model";
  field: EditedField;
  action: EditAction;
}

const jsonOf = ({ code, field, action }: RecordedEdit): string =>
  `{"code":"${code}","field":"${field}","action":"${action}"}`;

const MODEL_JSON = jsonOf({ code: "model", field: "model", action: "override-model" });
const MODEL_ONLY = `[${MODEL_JSON}]`;
const SKIPPED = new Map(
  (Object.keys(HAZARDS) as HazardCode[]).map((code) => [
    code as string,
    `[${jsonOf({ code, field: HAZARD_FIELDS[code], action: "skip" })}]`,
  ]),
);

/**
 * The record of an overridden request: the model's name, then each change, as one line of JSON. The names are of closed
 * lists that need no escapes, so writing it is joining a few strings.
 */
export function recordOfOverride(changes: readonly RecordedEdit[]): string {
  if (changes.length === 0) return MODEL_ONLY;
  let json = `[${MODEL_JSON}`;
  for (const change of changes) {
    const one = jsonOf(change);
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

const ACTIONS: readonly string[] = ["translate", "clamp", "drop", "move", "skip", "override-model"];
const FIELDS: readonly string[] = EDITED_FIELDS;

/** The edits a record tells of. Empty for null, for what is no record, and without the entries of a newer release. */
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
  const isKnownCode = typeof code === "string" && (code === "model" || Object.hasOwn(HAZARDS, code));
  return isKnownCode && FIELDS.includes(field as string) && ACTIONS.includes(action as string);
}
