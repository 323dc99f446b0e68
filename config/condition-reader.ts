import { shorten } from "#core/report/shorten.ts";
import { CONDITIONS, collectFields } from "#core/rules/conditions/registry.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { RuleConditions } from "#core/rules/rule-set.ts";
import { parseTimeWindow, type TimeWindow } from "#core/rules/time-window.ts";
import type { TableReader } from "./table-reader.ts";

/** Keys of a rule's `when`. */
export const CONDITION_KEYS: readonly string[] = CONDITIONS.flatMap(({ keys }) => keys.map(({ key }) => key));

/** Reads the conditions of a rule; `isComplete` is false when one of them is invalid. */
export function readConditions(
  reader: TableReader,
  window: TimeWindow | null,
  zone: string,
): { when: RuleConditions; isComplete: boolean } {
  const table = reader.section("when", `a table: { project = ["payments"], subagent = true }`);
  const when = collectFields((condition) => condition.parse(table, { zone, window }));
  const unknown = table.unknownKeys();
  for (const key of unknown) warnHeldBack(table, key, CONDITION_KEYS, "when");
  return { when, isComplete: unknown.length === 0 };
}

/** Reads hours that are written beside `when`. */
export function readWindow(reader: TableReader, key: string, zone: string): TimeWindow | null {
  const text = reader.string(key);
  if (text === null) return null;
  const parsed = parseTimeWindow(text, zone);
  return parsed.ok ? parsed.value : reader.error(key, "bad-hours", parsed.error);
}

/** Keys of a rule that narrow it down. */
const LIMITING_KEYS = ["when", "enabled", "percentage", "time_window"];
const LIMITS = [...LIMITING_KEYS, ...CONDITION_KEYS];

/**
 * Reports the unknown keys of a rule. Returns false for one that is probably meant as a condition: without it, the
 * rule would apply to more requests than its author intended.
 */
export function hasOnlyHarmlessUnknowns(reader: TableReader, where: string): boolean {
  let isHarmless = true;
  for (const key of reader.unknownKeys()) {
    const meant = nearest(key, LIMITS);
    if (meant === null) reader.warnAbout(key, where);
    else {
      isHarmless = false;
      warnHeldBack(reader, key, LIMITS, where);
    }
  }
  return isHarmless;
}

function warnHeldBack(reader: TableReader, key: string, known: readonly string[], where: string): void {
  if (reader.list.isFull) {
    reader.list.drop();
    return;
  }
  const fix = nearest(key, known);
  const place = fix !== null && where !== "when" && CONDITION_KEYS.includes(fix) ? `"${fix}" inside when` : `"${fix}"`;
  const message =
    `"${shorten(key)}" is not a key of ${where}. The rule is not applied: without this condition it would match more requests than intended.` +
    (fix === null ? "" : ` Did you mean ${place}?`);
  reader.list.add("warning", reader.keySpan(key), "unknown-condition", message, fix);
}
