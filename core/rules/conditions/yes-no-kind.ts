import type { Condition, FormField } from "./condition.ts";

/**
 * Words for a request that has something (`yes`) and one that does not (`no`). They are also for a rule that asks so.
 */
interface YesNoWords {
  yes: string;
  no: string;
}

interface YesNoOptions<Field extends string, Facts> {
  name: string;
  /** Name of its field in rules and in described requests. */
  field: Field;
  /** Key in `when` and in `[[test]]`. */
  key: string;
  cost: 0 | 1;
  answer: (facts: Facts) => boolean;
  facts: (said: boolean | null) => Facts;
  isAssumed: boolean;
  /** What is wrong with the request when the rule asks for yes, or for no. */
  explained: { missing: string; present: string };
  described: YesNoWords;
  chips: YesNoWords;
  form: FormField;
  guide: { must: string };
}

/** Builds a condition that is answered with yes or no. */
export function yesNoCondition<Field extends string, Facts>(
  options: YesNoOptions<Field, Facts>,
): Condition<Record<Field, boolean | null>, Facts, Record<Field, boolean | null>> {
  const { name, field, key, answer, explained } = options;
  const fielded = <Value>(value: Value) => ({ [field]: value }) as Record<Field, Value>;
  const completion = { key, values: "flag" as const };
  const [isYes, isNo] = [(facts: Facts) => answer(facts), (facts: Facts) => !answer(facts)];
  return {
    name,
    kind: "yes-no",
    keys: [completion],
    none: fielded(null),
    cost: options.cost,
    passReason: "condition",
    parse: (table) => fielded(table.boolean(key)),
    idPart: (when) => fielded(when[field]),
    compile: (when) => (when[field] === null ? null : when[field] ? isYes : isNo),
    toIndexHint: (when) => ({ kind: "yes-no", wanted: when[field] === true, answer }),
    explain: (when) => (when[field] ? explained.missing : explained.present),
    describe: (when) => chosen(when[field], options.described).map((text) => [name, text] as const),
    chips: (when) => chosen(when[field], options.chips),
    described: {
      test: completion,
      none: fielded(null),
      parse: (table) => fielded(table.boolean(key)),
      facts: (said) => options.facts(said[field]),
      isAssumed: options.isAssumed,
      form: options.form,
    },
    guide: { must: options.guide.must, value: "true or false" },
    examples: [`${key} = true`],
  };
}

const chosen = (wanted: boolean | null, words: YesNoWords): string[] =>
  wanted === null ? [] : [wanted ? words.yes : words.no];
