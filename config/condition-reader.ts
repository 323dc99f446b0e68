import { GLOB_LENGTH_MAX } from "#core/rules/glob.ts";
import { headerNameProblem } from "#core/rules/header-names.ts";
import { nearest } from "#core/rules/nearest.ts";
import type { HeaderCondition, Rule, RuleConditions, TimeWindow } from "#core/rules/rule-set.ts";
import { toRuleId } from "#core/rules/stable-hash.ts";
import { formatTimeWindow, parseTimeWindow } from "#core/rules/time-window.ts";
import { shorten, type TableReader } from "./table-reader.ts";

/** Bounds of token counts in conditions and tests. */
export const TOKENS = { min: 0, max: 1_000_000_000, isWhole: true };

/** Derives a rule's id from its meaning alone: not from form, position, share, note, switch or fallback. */
export function derivedId({ from, to, when }: Rule, zone: string): string {
  const names = [when.project, when.person, when.team].map((values) => [...values].sort());
  const hours = when.hours && formatTimeWindow(when.hours, zone);
  const rest = [when.subagent, hours, when.minPromptTokens, when.maxPromptTokens, when.hasTools, when.hasThinking];
  return toRuleId(JSON.stringify([from, to, ...names, ...rest, ...laterParts(when)]));
}

/** Later conditions enter the id only where they are used: the ids of older rules stay as they were. */
function laterParts({ key, header, pathPrefix, titleLike }: RuleConditions): object[] {
  if (key.length === 0 && header.length === 0 && pathPrefix.length === 0 && titleLike === null) return [];
  const headers = header.map(({ name, values }) => [name, ...[...values].sort()]);
  headers.sort(([a = ""], [b = ""]) => (a < b ? -1 : 1));
  return [{ key: [...key].sort(), header: headers, pathPrefix: [...pathPrefix].sort(), titleLike }];
}

/** Reads the conditions of a rule; `isComplete` is false when one of them is invalid. */
export function readConditions(
  reader: TableReader,
  window: TimeWindow | null,
  zone: string,
): { when: RuleConditions; isComplete: boolean } {
  const when = reader.section("when", `a table: { project = ["payments"], subagent = true }`);
  const hours = readWindow(when, "hours", zone);
  if (hours && window)
    when.error("hours", "bad-value", "hours and time_window are the same condition: keep one of the two.");
  const minPromptTokens = when.number("min_prompt_tokens", TOKENS);
  const maxPromptTokens = when.number("max_prompt_tokens", TOKENS);
  if (minPromptTokens !== null && maxPromptTokens !== null && minPromptTokens > maxPromptTokens) {
    when.error(
      "min_prompt_tokens",
      "bad-value",
      "min_prompt_tokens is larger than max_prompt_tokens: no prompt can be both.",
    );
  }
  const conditions: RuleConditions = {
    project: when.strings("project"),
    person: when.strings("person"),
    team: when.strings("team"),
    key: when.strings("key"),
    header: readHeaders(when),
    pathPrefix: readPathPrefixes(when),
    subagent: when.boolean("subagent"),
    titleLike: when.boolean("title_like"),
    hours: hours ?? window,
    minPromptTokens,
    maxPromptTokens,
    hasTools: when.boolean("has_tools"),
    hasThinking: when.boolean("has_thinking"),
  };
  const unknown = when.unknownKeys();
  for (const key of unknown) warnHeldBack(when, key, CONDITION_KEYS, "when");
  return { when: conditions, isComplete: unknown.length === 0 };
}

/** Reads `header = { "x-cco-stage" = ["beta", "canary*"] }`; refuses headers that carry a credential. */
function readHeaders(when: TableReader): HeaderCondition[] {
  const table = when.section("header", `a table of header names: { "x-cco-stage" = "beta" }`);
  return table.keys.flatMap((key) => {
    const name = readHeaderName(table, key);
    const values = table.strings(key);
    return name === null || values.length === 0 ? [] : [{ name, values }];
  });
}

/**
 * Reads the name of a header in a rule or test, in lower case; null, with a problem at its position, when it is not
 * allowed.
 */
export function readHeaderName(table: TableReader, key: string): string | null {
  const name = key.toLowerCase();
  const refuse = (code: string, message: string): null => {
    table.list.add("error", table.keySpan(key), code, message);
    return null;
  };
  switch (headerNameProblem(name)) {
    case "secret":
      return refuse(
        "secret-header",
        `"${shorten(key)}" may carry a credential, so rules cannot use it. Use key, person or team instead.`,
      );
    case "not-a-name":
      return refuse("bad-value", `"${shorten(key)}" is not a valid header name.`);
    case null:
      if (table.keys.some((other) => other !== key && other.toLowerCase() === name))
        return refuse("bad-value", `"${shorten(key)}" is set twice: header names are case-insensitive.`);
      return name;
  }
}

function readPathPrefixes(when: TableReader): string[] {
  return when.strings("path_prefix").map((written) => {
    const plain = written.replace(/[*?/]+$/, "");
    const prefix = plain.startsWith("/") ? plain : `/${plain}`;
    if (written !== prefix && written !== `${prefix}/`) {
      const message = `path_prefix must be the beginning of a path, without wildcards: "${shorten(prefix)}".`;
      when.error("path_prefix", "bad-value", message, prefix === "/" ? null : prefix);
    } else if (prefix === "/" || prefix.length > GLOB_LENGTH_MAX || /[\s?#*]/.test(prefix)) {
      when.error("path_prefix", "bad-value", `"${shorten(written)}" is not the beginning of a path.`);
    }
    return prefix;
  });
}

export function readWindow(reader: TableReader, key: string, zone: string): TimeWindow | null {
  const text = reader.string(key);
  if (text === null) return null;
  const parsed = parseTimeWindow(text, zone);
  return parsed.ok ? parsed.value : reader.error(key, "bad-hours", parsed.error);
}

/** Keys of a rule's `when`. */
export const CONDITION_KEYS = [
  "project",
  "person",
  "team",
  "key",
  "header",
  "path_prefix",
  "subagent",
  "title_like",
  "hours",
  "min_prompt_tokens",
  "max_prompt_tokens",
  "has_tools",
  "has_thinking",
];
/** Keys of a rule that narrow it down. */
const LIMITING_KEYS = ["when", "enabled", "percentage", "time_window"];

/**
 * Reports the unknown keys of a rule. Returns false for one that is probably meant as a condition: without it, the
 * rule would apply to more requests than its author intended.
 */
export function hasOnlyHarmlessUnknowns(reader: TableReader, where: string): boolean {
  const unknown = reader.unknownKeys();
  const isLimit = (key: string) => nearest(key, [...LIMITING_KEYS, ...CONDITION_KEYS]) !== null;
  for (const key of unknown) {
    if (isLimit(key)) warnHeldBack(reader, key, [...LIMITING_KEYS, ...CONDITION_KEYS], where);
    else reader.warnAbout(key, where);
  }
  return !unknown.some(isLimit);
}

function warnHeldBack(reader: TableReader, key: string, known: readonly string[], where: string): void {
  const fix = nearest(key, known);
  const place = fix !== null && where !== "when" && CONDITION_KEYS.includes(fix) ? `"${fix}" inside when` : `"${fix}"`;
  const message =
    `"${shorten(key)}" is not a key of ${where}. The rule is not applied: without this condition it would match more requests than intended.` +
    (fix === null ? "" : ` Did you mean ${place}?`);
  reader.list.add("warning", reader.keySpan(key), "unknown-condition", message, fix);
}
