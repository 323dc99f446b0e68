import {
  type Completion,
  type CompletionContext,
  type CompletionResult,
  type CompletionSource,
  insertCompletionText,
  pickedCompletion,
} from "@codemirror/autocomplete";
import type { EditorView } from "@codemirror/view";
import { ownValue } from "#core/own-value.ts";
import type { RuleNames } from "#core/rules/conditions/condition.ts";
import { CONDITIONS } from "#core/rules/conditions/registry.ts";
import { type CompletionText, findEdit, isFollowedKey } from "./completion-edit.ts";
import { findTomlPosition, type TomlPosition } from "./toml-position.ts";
import { readName } from "./toml-tokens.ts";

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
function findKeys(scope: readonly string[]): Keys | null {
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
interface RulesCompletion extends Completion, CompletionText {
  isAsked: boolean;
}

/** What can be written at a place. */
interface Offer {
  labels: readonly string[];
  isText: boolean;
  /** What can be typed on while the list stays open. */
  validFor?: RegExp;
}

/**
 * Completes at the cursor: keys of its table or inline table, or values of its key with the closing quote. A completion
 * replaces the whole word or string around the cursor.
 */
export function rulesCompletions(names: CompletionNames): CompletionSource {
  return (context: CompletionContext): CompletionResult | null => {
    const text = context.state.doc.toString();
    const place = findTomlPosition(text, context.pos);
    const offer = place && offerAt(place, names, text, context.pos);
    const first = offer?.labels[0];
    if (!place || !offer || first === undefined) return null;
    const { labels, isText, validFor } = offer;
    const edit = findEdit(text, context.pos, { label: first, isText });
    if (edit === null) return null;
    const from = place.quote === null ? edit.from : place.quote.at + place.quote.mark.length;
    const isOpened = place.quote !== null || from < context.pos || isBeginning(place);
    if (!isOpened && !context.explicit) return null;
    const toOption = (label: string): RulesCompletion => ({
      label,
      isText,
      isAsked: context.explicit,
      apply: takeCompletion,
    });
    const typed = text.slice(from, context.pos);
    if (place.quote?.mark.startsWith('"') && typed.includes("\\"))
      return { from, options: matching(labels, readTyped(typed)).map(toOption), filter: false };
    return { from, options: labels.map(toOption), ...(validFor && { validFor }) };
  };
}

/** Labels that hold what was typed, in any letter case; first those that begin with it. */
function matching(labels: readonly string[], typed: string): string[] {
  const wanted = typed.toLowerCase();
  const at = (label: string) => label.toLowerCase().indexOf(wanted);
  const found = labels.filter((label) => at(label) !== -1);
  return found.sort((a, b) => Math.min(1, at(a)) - Math.min(1, at(b)));
}

/** What the beginning of a string with escapes stands for: the editor compares it as it is written. */
function readTyped(typed: string): string {
  const closed = `"${typed}"`;
  return readName(closed, { kind: "string", start: 0, end: closed.length, mark: '"', isClosed: true });
}

function offerAt(place: TomlPosition, names: CompletionNames, text: string, cursor: number): Offer | null {
  const isBareKey = place.quote === null && place.key === null;
  if (isBareKey && findValues(place) === "models") return { labels: textsFor(place, names), isText: true };
  if (isBareKey) return offerKeys(place, isFollowedKey(text, cursor));
  // A key cannot be a string of triple marks.
  if (place.key === null && place.quote?.mark.length === 3) return null;
  if (place.quote === null && findValues(place) === "flag") return { labels: ["true", "false"], isText: false };
  const validFor = place.quote === null ? /^[^\s[\]{}=,"'#]*$/ : /^[^"'\n]*$/;
  return { labels: textsFor(place, names), isText: true, validFor };
}

function offerKeys(place: TomlPosition, isFollowed: boolean): Offer {
  const keys = Object.keys(findKeys(place.scope) ?? {});
  return { labels: isFollowed ? keys : keys.map((key) => `${key} = `), isText: false };
}

/** Finds the replacement in the text as it is now: more may have been typed since the list opened. */
function takeCompletion(view: EditorView, completion: Completion): void {
  const { state } = view;
  const edit = findEdit(state.doc.toString(), state.selection.main.head, completion as RulesCompletion);
  if (edit === null) return;
  view.dispatch({
    ...insertCompletionText(state, edit.insert, edit.from, edit.to),
    annotations: pickedCompletion.of(completion),
  });
}

/**
 * Whether the cursor is right after the sign that precedes a value or an inline table's key. The list of completions
 * then opens without being asked for.
 */
const isBeginning = ({ key, sign }: TomlPosition): boolean =>
  sign !== "" && (key === null ? "{," : "=[,").includes(sign);

/** What Enter depends on while a list of completions is open. */
interface OpenCompletions {
  /** Index of the chosen row; null before any is. */
  selected: number | null;
  options: readonly Completion[];
}

/**
 * Whether Enter breaks the line although a list of completions is open. It does where the chosen one is already
 * written. While nothing was typed, chosen or asked for, it also does where a person ends a line. That is after `[` or
 * `,` of an array, and after `,` of an inline table whose entries stand on lines below its brace. In other inline
 * tables the next key is expected on the same line. A line break is allowed there, but rarely meant.
 */
export function breaksLine(text: string, cursor: number, { selected, options }: OpenCompletions): boolean {
  const chosen = options[selected ?? 0] as RulesCompletion | undefined;
  if (chosen && isWritten(text, cursor, chosen)) return true;
  if ((selected ?? 0) > 0 || options.some((option) => (option as RulesCompletion).isAsked)) return false;
  const place = findTomlPosition(text, cursor);
  if (place?.bracket?.mark === "[") return place.sign === "[" || place.sign === ",";
  return place?.bracket?.isSpread === true && place.sign === ",";
}

/** Whether taking a completion changes neither the text nor the place of the cursor. */
function isWritten(text: string, cursor: number, chosen: CompletionText): boolean {
  const edit = findEdit(text, cursor, chosen);
  return edit !== null && edit.to === cursor && text.slice(edit.from, edit.to) === edit.insert;
}

function findValues({ scope, key }: TomlPosition): Values {
  if (key === null) return scope.length === 1 && scope[0] === "per_model_rules" ? "models" : null;
  return ownValue(findKeys(scope) ?? {}, key) ?? null;
}

/** Texts that can be the value, or the quoted key, at a place. TOML cannot hold a half of a surrogate pair. */
function textsFor(place: TomlPosition, names: CompletionNames): readonly string[] {
  const values = findValues(place);
  if (values === null || values === "flag") return [];
  if (values === "models") return [...names.models, ...families];
  return typeof values === "string" ? names[values].filter((name) => !/\p{Cs}/u.test(name)) : values;
}
