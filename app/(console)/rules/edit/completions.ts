import type { CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { ownValue } from "#core/own-value.ts";
import type { RuleNames } from "#core/rules/conditions/condition.ts";
import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import { findPlace, type TomlPlace } from "./toml-place.ts";

const WHEN_KEYS = CONDITIONS.flatMap(({ keys }) => keys);
const TEST_KEYS = CONDITIONS.flatMap(({ described }) => (described === null ? [] : [described.test]));
/** Values that conditions complete, by key. */
const CONDITION_VALUES = new Map([...WHEN_KEYS, ...TEST_KEYS].map(({ key, values }) => [key, values]));

const keysOf: Record<string, readonly string[]> = {
  rule: ["from", "to", "note", "enabled", "percentage", "when", "fallback", "cache", "safeguards", "fast_mode", "id"],
  "rule.when": WHEN_KEYS.map(({ key }) => key),
  test: ["model", ...TEST_KEYS.map(({ key }) => key), "expect"],
  overrides: ["enabled", "rules"],
  analytics: ["log_overrides", "track_statistics", "report_format"],
  cache: ["enabled", "max_mb", "ttl_seconds", "scope"],
};
const families = ["opus", "sonnet", "haiku", "fable"];
const MODEL_KEYS = new Set(["from", "to", "model", "expect", "override_to", "rules"]);
const BOOLEANS = new Set(["enabled", "cache"]);
const words: Record<string, readonly string[]> = {
  fallback: ["on-refusal", "on-overload", "never"],
  safeguards: ["skip", "drop"],
  fast_mode: ["drop", "skip"],
  report_format: ["json", "text", "silent"],
  scope: ["caller", "project"],
};

export interface CompletionNames extends RuleNames {
  models: readonly string[];
}

/** Completes at the cursor: keys of its table or inline table, or values of its key with the closing quote. */
export function rulesCompletions(names: CompletionNames): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const place = findPlace(context.state.doc.toString(), context.pos);
    const { scope, key, quote, isComment } = place;
    if (isComment) return null;
    if (quote !== null) return quoted(context, quote, valuesFor(place, names));
    const word = context.matchBefore(/[\w-]*/);
    const from = word?.from ?? context.pos;
    if (from === context.pos && !context.explicit && !isBeginning(context, key)) return null;
    if (key !== null) return plainValues(from, place, names);
    const keys = ownValue(keysOf, scope);
    return keys ? { from, options: keys.map((label) => ({ label: `${label} = ` })) } : null;
  };
}

/** Right after the sign that a value, or a key of an inline table, follows: the list opens without being asked for. */
const isBeginning = (context: CompletionContext, key: string | null): boolean =>
  context.matchBefore(key === null ? /[{,][ \t]*/ : /[=[,][ \t]*/) !== null;

/**
 * Whether Enter breaks the line although a list is open: after `[` or `,` of an array, while nothing was typed and nothing else chosen.
 * A line break inside an inline table would be no TOML.
 */
export const breaksLine = (before: string, selected: number | null): boolean =>
  (selected ?? 0) <= 0 && /[[,][ \t]*$/.test(before) && !isInInlineTable(before);

/** Whether the bracket of this line that is still open, the last of them, is a brace. */
function isInInlineTable(before: string): boolean {
  const open: string[] = [];
  for (const [sign] of before.replaceAll(/"[^"]*"|'[^']*'/g, "").matchAll(/[[\]{}]/g))
    if (sign === "[" || sign === "{") open.push(sign);
    else open.pop();
  return open.at(-1) === "{";
}

function valuesFor({ scope, key }: TomlPlace, names: CompletionNames): readonly string[] {
  const isCondition = scope === "rule.when" || scope === "test" || /^per_model_rules\..*\.when$/.test(scope);
  if (key === null) return scope === "per_model_rules" ? [...names.models, ...families] : [];
  if (MODEL_KEYS.has(key)) return [...names.models, ...families];
  if (!isCondition) return ownValue(words, key) ?? [];
  const values = CONDITION_VALUES.get(key);
  return values == null || values === "flag" ? [] : names[values];
}

/** Completion inside quotes: adds the closing quote unless it is there. */
function quoted(
  context: CompletionContext,
  { mark, at }: { mark: string; at: number },
  values: readonly string[],
): CompletionResult | null {
  if (values.length === 0) return null;
  const isClosed = context.state.sliceDoc(context.pos, context.pos + 1) === mark;
  const options = values.map((label) => ({ label, apply: isClosed ? label : label + mark }));
  return { from: at + 1, options, validFor: /^[^"'\n]*$/ };
}

/** Completion without an opening quote: adds both. */
function plainValues(from: number, place: TomlPlace, names: CompletionNames): CompletionResult | null {
  if (place.key !== null && (BOOLEANS.has(place.key) || CONDITION_VALUES.get(place.key) === "flag"))
    return { from, options: ["true", "false"].map((label) => ({ label })) };
  const values = valuesFor(place, names);
  if (values.length === 0) return null;
  return { from, options: values.map((label) => ({ label, apply: JSON.stringify(label) })), validFor: /^[\w-]*$/ };
}
