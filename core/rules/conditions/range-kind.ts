import { formatCount } from "#core/report/format.ts";
import type { Condition, FormField } from "./condition.ts";

/** Bounds of token counts in conditions and tests. */
const TOKENS = { min: 0, max: 1_000_000_000, isWhole: true };

interface RangeOptions<Min extends string, Max extends string, Field extends string> {
  name: string;
  /** Fields of the inclusive bounds in a rule, each with its key in `when`. */
  min: readonly [field: Min, key: string];
  max: readonly [field: Max, key: string];
  /** Field of the fact, in requests and in described ones, with its key in `[[test]]`. */
  fact: readonly [field: Field, key: string];
  /** Follows "min… is larger than max…:". */
  contradiction: string;
  /** Begins an explanation; `value` is null when it is not known. */
  shown: (value: number | null) => string;
  /** A sentence with one bound: "at least 5", and the number in it. */
  described: (bound: string, value: number) => string;
  /** What a chip counts: "≥ 5 tokens". */
  unit: (value: number) => string;
  form: FormField;
  guide: { must: string };
}

/**
 * Builds a condition on a number with a lower and an upper bound, both inclusive and each of them optional. Long because
 * it is one object with every part of the condition.
 */
export function rangeCondition<Min extends string, Max extends string, Field extends string>(
  options: RangeOptions<Min, Max, Field>,
): Condition<Record<Min | Max, number | null>, Record<Field, number | null>, Record<Field, number | null>> {
  const { name, described, unit } = options;
  const [[minField, minKey], [maxField, maxKey], [field, factKey]] = [options.min, options.max, options.fact];
  const bounded = (min: number | null, max: number | null) =>
    ({ [minField]: min, [maxField]: max }) as Record<Min | Max, number | null>;
  const fielded = (value: number | null) => ({ [field]: value }) as Record<Field, number | null>;
  const read = (facts: Record<Field, number | null>) => facts[field];
  return {
    name,
    kind: "range",
    keys: [
      { key: minKey, values: null },
      { key: maxKey, values: null },
    ],
    none: bounded(null, null),
    cost: 0,
    passReason: "condition",
    parse(table) {
      const [min, max] = [table.number(minKey, TOKENS), table.number(maxKey, TOKENS)];
      if (min !== null && max !== null && min > max)
        table.error(minKey, "bad-value", `${minKey} is larger than ${maxKey}: ${options.contradiction}`);
      return bounded(min, max);
    },
    idPart: (when) => bounded(when[minField], when[maxField]),
    compile(when) {
      const [min, max] = [when[minField], when[maxField]];
      if (min === null && max === null) return null;
      const [least, most] = [min ?? 0, max ?? Number.POSITIVE_INFINITY];
      return (facts) => {
        const value = facts[field];
        return value !== null && value >= least && value <= most;
      };
    },
    toIndexHint(when) {
      const until = (when[maxField] ?? Number.POSITIVE_INFINITY) + 1;
      return { kind: "spans", spans: [{ clock: "", from: when[minField] ?? 0, until }], read };
    },
    explain(when, facts) {
      const bounds = boundTexts(when[minField], when[maxField]).map(([, text]) => text);
      return `${options.shown(facts[field])}, the rule asks for ${bounds.join(" and ")}`;
    },
    describe: (when) =>
      boundTexts(when[minField], when[maxField]).map(
        ([key, text, value]) => [`${key} ${name}`, described(text, value)] as const,
      ),
    chips: (when) => [
      ...(when[minField] === null ? [] : [`≥ ${formatCount(when[minField])} ${unit(when[minField])}`]),
      ...(when[maxField] === null ? [] : [`≤ ${formatCount(when[maxField])} ${unit(when[maxField])}`]),
    ],
    described: {
      test: { key: factKey, values: null },
      none: fielded(null),
      parse: (table) => fielded(table.number(factKey, TOKENS)),
      facts: (said) => fielded(said[field]),
      isAssumed: true,
      form: options.form,
    },
    guide: { must: options.guide.must, value: "numbers" },
    examples: [`${minKey} = 10`, `${maxKey} = 10`],
  };
}

function boundTexts(min: number | null, max: number | null): ["min" | "max", string, number][] {
  const texts: ["min" | "max", string, number][] = [];
  if (min !== null) texts.push(["min", `at least ${formatCount(min)}`, min]);
  if (max !== null) texts.push(["max", `at most ${formatCount(max)}`, max]);
  return texts;
}
