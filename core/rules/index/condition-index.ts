import type { CompiledRule } from "../compiled-rule.ts";
import type { IndexHint } from "../conditions/condition.ts";
import type { ConditionFacts } from "../conditions/registry.ts";
import type { DecideInput } from "../decide-input.ts";
import type { AssumedConditions } from "../mismatch.ts";
import { type BitSet, keepCommon, makeBitSet, toggleBit } from "./bit-set.ts";
import { type Interval, IntervalIndex } from "./interval-index.ts";

type YesNoHint = Extract<IndexHint<ConditionFacts>, { kind: "yes-no" }>;
type SpansHint = Extract<IndexHint<ConditionFacts>, { kind: "spans" }>;

/** What the rule at a position wants of one condition. */
interface Wanted<Hint> {
  place: number;
  hint: Hint;
}

/** Index of one condition: narrows a set of rules to those that may match. */
interface Narrowing {
  narrow(bits: BitSet, facts: ConditionFacts): void;
}

/**
 * Bit-set index of the share and of the conditions without names (numbers, hours, yes or no). For any 10,000 rules, one
 * pass over 313 words per condition that one of them has leaves those that may match.
 */
export class ConditionIndex {
  private readonly bits: BitSet;
  private readonly someShare: BitSet;
  private readonly wholeShare: BitSet;
  /** By the name of the condition. */
  private readonly narrowings: readonly (readonly [name: string, narrowing: Narrowing])[];

  constructor(rules: readonly CompiledRule[]) {
    const size = rules.length;
    this.bits = makeBitSet(size);
    this.someShare = placesWhere(rules, ({ shareBelow }) => shareBelow > 0);
    this.wholeShare = placesWhere(rules, ({ shareBelow }) => shareBelow >= 10_000);
    const wanted = collectWanted(rules);
    this.narrowings = [
      ...[...wanted.yesNo].map(([name, hints]) => [name, new YesNo(hints, size)] as const),
      ...[...wanted.spans].map(([name, hints]) => [name, new Spans(hints, size)] as const),
    ];
  }

  /** Returns the positions of the rules that may match. Valid until the next call. */
  possible(input: DecideInput, assumed: AssumedConditions): BitSet {
    const { bits } = this;
    bits.set(assumed.has("share") || input.sessionKey !== null ? this.someShare : this.wholeShare);
    for (const [name, narrowing] of this.narrowings) if (!assumed.has(name)) narrowing.narrow(bits, input);
    return bits;
  }
}

/** Boolean condition: the rules that do not have it, or want this value. */
class YesNo implements Narrowing {
  private readonly ifYes: BitSet;
  private readonly ifNo: BitSet;
  private readonly answer: (facts: ConditionFacts) => boolean;

  constructor(wanted: NonEmpty<Wanted<YesNoHint>>, size: number) {
    this.ifYes = allBits(size);
    this.ifNo = allBits(size);
    for (const { place, hint } of wanted) toggleBit(hint.wanted ? this.ifNo : this.ifYes, place);
    this.answer = wanted[0].hint.answer;
  }

  narrow(bits: BitSet, facts: ConditionFacts): void {
    keepCommon(bits, this.answer(facts) ? this.ifYes : this.ifNo);
  }
}

/**
 * Numeric condition, per clock it is read from. It keeps the rules that do not have it, or whose spans contain the
 * number.
 */
class Spans implements Narrowing {
  private readonly unasked: BitSet;
  private readonly indexes: readonly (readonly [clock: string, index: IntervalIndex])[];
  private readonly fitting: BitSet;
  private readonly read: (facts: ConditionFacts, clock: string) => number | null;

  constructor(wanted: NonEmpty<Wanted<SpansHint>>, size: number) {
    this.unasked = allBits(size);
    const byClock = new Map<string, Interval[]>();
    for (const { place, hint } of wanted) {
      toggleBit(this.unasked, place);
      for (const { clock, from, until } of hint.spans) {
        const intervals = byClock.get(clock) ?? [];
        byClock.set(clock, intervals);
        intervals.push({ place, from, until });
      }
    }
    this.indexes = [...byClock].map(([clock, intervals]) => [clock, new IntervalIndex(intervals, size)] as const);
    this.fitting = this.unasked.slice();
    this.read = wanted[0].hint.read;
  }

  /** Intersects with the rules whose spans contain the number. An unknown number (null) is in no span. */
  narrow(bits: BitSet, facts: ConditionFacts): void {
    this.fitting.set(this.unasked);
    for (const [clock, index] of this.indexes) {
      const value = this.read(facts, clock);
      if (value !== null) index.toggleHolding(this.fitting, value);
    }
    keepCommon(bits, this.fitting);
  }
}

type NonEmpty<T> = [T, ...T[]];

/** Collects what rules want of conditions with an index of bits, by the name of the condition. */
function collectWanted(rules: readonly CompiledRule[]) {
  const yesNo = new Map<string, NonEmpty<Wanted<YesNoHint>>>();
  const spans = new Map<string, NonEmpty<Wanted<SpansHint>>>();
  for (const [place, { rule, checks }] of rules.entries()) {
    for (const { condition } of checks) {
      const hint = condition.toIndexHint(rule.when);
      if (hint?.kind === "yes-no") push(yesNo, condition.name, { place, hint });
      if (hint?.kind === "spans") push(spans, condition.name, { place, hint });
    }
  }
  return { yesNo, spans };
}

function push<T>(map: Map<string, NonEmpty<T>>, name: string, value: T): void {
  const known = map.get(name);
  if (known === undefined) map.set(name, [value]);
  else known.push(value);
}

function placesWhere<T>(items: readonly T[], holds: (item: T) => boolean): BitSet {
  const bits = makeBitSet(items.length);
  for (const [place, item] of items.entries()) if (holds(item)) toggleBit(bits, place);
  return bits;
}

function allBits(size: number): BitSet {
  const bits = makeBitSet(size);
  for (let place = 0; place < size; place++) toggleBit(bits, place);
  return bits;
}
