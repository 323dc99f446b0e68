import { matchesValue, valueMatcher } from "../value-matcher.ts";
import type { Condition, FormField, RuleNames } from "./condition.ts";
import { formatChoices, formatListChip } from "./words.ts";

interface NamesWords<Key extends string, Facts> {
  key: Key;
  /** Names the editor offers. */
  completes: keyof RuleNames;
  /** How a sentence begins: "the proxy key" is … */
  subject: string;
  /** How an explanation begins, when that differs from the key. */
  explained?: string;
  /** Whether letter case does not count, as in e-mail addresses. */
  foldsCase: boolean;
  /** Names the request goes by: one of them must be wanted. */
  values: (facts: Facts) => readonly (string | null)[];
  /** The request's name in an explanation. */
  shown: (facts: Facts) => string;
  /** Facts of a described request that says this name, or none. */
  facts: (said: string | null) => Facts;
  form: FormField;
  guide: { must: string; value: string };
  examples: readonly string[];
}

/** Builds a condition on a name: a list of names and patterns, one of which the request must have. */
export function namesCondition<Key extends string, Facts>(
  words: NamesWords<Key, Facts>,
): Condition<Record<Key, readonly string[]>, Facts, Record<Key, string | null>> {
  const { key, foldsCase, values, subject } = words;
  const keyed = <Value>(value: Value) => ({ [key]: value }) as Record<Key, Value>;
  const completion = { key, values: words.completes };
  return {
    name: key,
    kind: "names",
    keys: [completion],
    none: keyed([]),
    cost: 0,
    passReason: "condition",
    parse: (table) => keyed(table.strings(key)),
    idPart: (when) => keyed([...when[key]].sort()),
    compile(when) {
      const matcher = valueMatcher(when[key], foldsCase);
      if (matcher === null) return null;
      return (facts) => values(facts).some((value) => matchesValue(matcher, value));
    },
    toIndexHint(when) {
      const matcher = valueMatcher(when[key], foldsCase);
      return { kind: "names", handles: matcher === null ? [] : [{ slot: key, matcher, values }] };
    },
    explain: (when, facts) =>
      `${words.explained ?? key} is ${words.shown(facts)}, the rule asks for ${formatChoices(when[key])}`,
    describe: (when) => (when[key].length === 0 ? [] : [[key, `${subject} is ${when[key].join(" or ")}`]]),
    chips: (when) => formatListChip(key, when[key]),
    described: {
      test: completion,
      none: keyed(null),
      parse: (table) => keyed(table.string(key)),
      facts: (said) => words.facts(said[key]),
      isAssumed: false,
      form: words.form,
    },
    guide: words.guide,
    examples: words.examples,
  };
}
