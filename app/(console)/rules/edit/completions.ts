import type { Completion, CompletionContext, CompletionResult, CompletionSource } from "@codemirror/autocomplete";
import { ownValue } from "#core/own-value.ts";
import type { RuleNames } from "#core/rules/conditions/condition.ts";
import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import { findPlace, type TomlPlace } from "./toml-place.ts";

/** What the editor completes as the value of a key; null for nothing. */
type Values = "models" | "flag" | keyof RuleNames | readonly string[] | null;
type Keys = Readonly<Record<string, Values>>;

const CONDITION_KEYS: Keys = Object.fromEntries(
  CONDITIONS.flatMap(({ keys }) => keys.map(({ key, values }) => [key, values])),
);
const TEST_CONDITION_KEYS: Keys = Object.fromEntries(
  CONDITIONS.flatMap(({ described }) => (described === null ? [] : [[described.test.key, described.test.values]])),
);
/** Keys of a rule in both of its table forms. */
const COMMON_RULE_KEYS: Keys = {
  note: null,
  enabled: "flag",
  percentage: null,
  when: null,
  fallback: ["on-refusal", "on-overload", "never"],
  cache: "flag",
  safeguards: ["skip", "drop"],
  fast_mode: ["drop", "skip"],
  id: null,
};
const RULE_KEYS: Keys = { from: "models", to: "models", ...COMMON_RULE_KEYS };
const PER_MODEL_RULE_KEYS: Keys = { override_to: "models", ...COMMON_RULE_KEYS };
const SECTION_KEYS: Readonly<Record<string, Keys>> = {
  rule: RULE_KEYS,
  test: { model: "models", ...TEST_CONDITION_KEYS, expect: "models" },
  overrides: { enabled: "flag", rules: "models" },
  analytics: { log_overrides: "flag", track_statistics: "flag", report_format: ["json", "text", "silent"] },
  cache: { enabled: "flag", max_mb: null, ttl_seconds: null, scope: ["caller", "project"] },
};
const families = ["opus", "sonnet", "haiku", "fable"];

/** Keys of the table at a path; null for a table whose keys are not known. */
function keysOf(scope: readonly string[]): Keys | null {
  const [section = "", ...path] = scope;
  const isPerModel = section === "per_model_rules" && path.length > 0;
  // The model is a part of the path.
  const [inner, ...deeper] = isPerModel ? path.slice(1) : path;
  if (inner === undefined) return isPerModel ? PER_MODEL_RULE_KEYS : (ownValue(SECTION_KEYS, section) ?? null);
  const isRule = isPerModel || section === "rule";
  return isRule && inner === "when" && deeper.length === 0 ? CONDITION_KEYS : null;
}

export interface CompletionNames extends RuleNames {
  models: readonly string[];
}

/** A completion, and whether its list was asked for with a key or only opened where a value begins. */
interface AskedCompletion extends Completion {
  isAsked: boolean;
}

/** Completes at the cursor: keys of its table or inline table, or values of its key with the closing quote. */
export function rulesCompletions(names: CompletionNames): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const found = complete(context, names);
    if (found === null) return null;
    const options: AskedCompletion[] = found.options.map((option) => ({ ...option, isAsked: context.explicit }));
    return { ...found, options };
  };
}

function complete(context: CompletionContext, names: CompletionNames): CompletionResult | null {
  const place = findPlace(context.state.doc.toString(), context.pos);
  if (place === null) return null;
  if (place.quote !== null) return quoted(context, place.quote, textsFor(place, names));
  const from = context.matchBefore(/[\w-]*/)?.from ?? context.pos;
  if (from === context.pos && !context.explicit && !isBeginning(place)) return null;
  if (place.key !== null) return plainValues(from, place, names);
  const keys = keysOf(place.scope);
  return keys && { from, options: Object.keys(keys).map((label) => ({ label: `${label} = ` })) };
}

/** Right after the sign that a value, or a key of an inline table, follows: the list opens without being asked for. */
const isBeginning = ({ key, sign }: TomlPlace): boolean => sign !== "" && (key === null ? "{," : "=[,").includes(sign);

/** What Enter depends on while a list of completions is open. */
interface OpenCompletions {
  /** Index of the chosen row; null before any is. */
  selected: number | null;
  options: readonly Completion[];
}

/**
 * Whether Enter breaks the line although a list of completions is open: while nothing was typed, chosen or asked for,
 * where a person ends a line. That is after `[` or `,` of an array, and after `,` of an inline table whose entries stand
 * on lines below its brace. In other inline tables the next key is expected on the same line: a line break is allowed
 * there, but rarely meant.
 */
export function breaksLine(text: string, cursor: number, { selected, options }: OpenCompletions): boolean {
  const isAsked = options.some((option) => (option as Partial<AskedCompletion>).isAsked);
  if ((selected ?? 0) > 0 || isAsked) return false;
  const place = findPlace(text, cursor);
  if (place?.bracket?.mark === "[") return place.sign === "[" || place.sign === ",";
  return place?.bracket?.isSpread === true && place.sign === ",";
}

function valuesOf({ scope, key }: TomlPlace): Values {
  if (key === null) return scope.length === 1 && scope[0] === "per_model_rules" ? "models" : null;
  return ownValue(keysOf(scope) ?? {}, key) ?? null;
}

/** Texts that can be the value, or the quoted key, at a place. */
function textsFor(place: TomlPlace, names: CompletionNames): readonly string[] {
  const values = valuesOf(place);
  if (values === null || values === "flag") return [];
  if (values === "models") return [...names.models, ...families];
  return typeof values === "string" ? names[values] : values;
}

/** Completion inside quotes: adds the closing quote unless it is there. */
function quoted(
  context: CompletionContext,
  { mark, at }: { mark: string; at: number },
  values: readonly string[],
): CompletionResult | null {
  if (values.length === 0) return null;
  const isClosed = context.state.sliceDoc(context.pos, context.pos + mark.length) === mark;
  const options = values.map((label) => ({ label, apply: isClosed ? label : label + mark }));
  return { from: at + mark.length, options, validFor: /^[^"'\n]*$/ };
}

/** Completion without an opening quote: adds both. */
function plainValues(from: number, place: TomlPlace, names: CompletionNames): CompletionResult | null {
  if (valuesOf(place) === "flag") return { from, options: ["true", "false"].map((label) => ({ label })) };
  const texts = textsFor(place, names);
  if (texts.length === 0) return null;
  return { from, options: texts.map((label) => ({ label, apply: JSON.stringify(label) })), validFor: /^[\w-]*$/ };
}
