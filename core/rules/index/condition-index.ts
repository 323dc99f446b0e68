import type { CompiledRule } from "../compiled-rule.ts";
import type { DecideInput } from "../decide-input.ts";
import type { AssumedConditions } from "../mismatch.ts";
import type { RuleConditions } from "../rule-set.ts";
import { MINUTES_PER_WEEK, minuteOfWeek, weeklyIntervals } from "../time-window.ts";
import { type BitSet, keepCommon, placeBits, togglePlace } from "./bit-set.ts";
import { type Interval, IntervalIndex } from "./interval-index.ts";

/**
 * Index of the conditions without names (prompt size, hours, sub-agent, tools, thinking, title, any share at all) as
 * bit sets: for any 10,000 rules, one pass over 313 words leaves those that may match.
 */
export class ConditionIndex {
  private readonly bits: BitSet;
  private readonly someShare: BitSet;
  private readonly wholeShare: BitSet;
  private readonly subagent: YesNo;
  private readonly tools: YesNo;
  private readonly thinking: YesNo;
  private readonly title: YesNo;
  private readonly prompt: Spans;
  /** Hours by zone; all zones share the rules without hours. */
  private readonly hours: Spans;

  constructor(rules: readonly CompiledRule[]) {
    const whens = rules.map(({ rule }) => rule.when);
    this.bits = placeBits(rules.length);
    this.someShare = placesWhere(rules, ({ shareBelow }) => shareBelow > 0);
    this.wholeShare = placesWhere(rules, ({ shareBelow }) => shareBelow >= 10_000);
    this.subagent = new YesNo(whens, (when) => when.subagent);
    this.tools = new YesNo(whens, (when) => when.hasTools);
    this.thinking = new YesNo(whens, (when) => when.hasThinking);
    this.title = new YesNo(whens, (when) => when.titleLike);
    this.prompt = new Spans(
      placesWhere(whens, (when) => when.minPromptTokens === null && when.maxPromptTokens === null),
      new Map([["", whens.flatMap(promptInterval)]]),
    );
    this.hours = new Spans(
      placesWhere(whens, (when) => when.hours === null),
      intervalsByZone(whens),
    );
  }

  /** Returns the positions of the rules that may match. Valid until the next call. */
  possible(input: DecideInput, open: AssumedConditions): BitSet {
    const { bits } = this;
    bits.set(open.hoursAndShare || input.sessionKey !== null ? this.someShare : this.wholeShare);
    if (!open.subagent) this.subagent.narrow(bits, input.agentId !== null);
    if (!open.tools) this.tools.narrow(bits, input.hasTools);
    if (!open.thinking) this.thinking.narrow(bits, input.hasThinking);
    if (!open.promptTokens) this.prompt.narrow(bits, () => input.promptTokens);
    if (!open.hoursAndShare) this.hours.narrow(bits, (zone) => minuteOfWeek(zone, input.nowMs));
    if (this.title.isAsked) this.title.narrow(bits, input.titleLike);
    return bits;
  }
}

/** Boolean condition: the rules that do not have it, or want this value. */
class YesNo {
  readonly isAsked: boolean;
  private readonly ifYes: BitSet;
  private readonly ifNo: BitSet;

  constructor(whens: readonly RuleConditions[], wanted: (when: RuleConditions) => boolean | null) {
    this.isAsked = whens.some((when) => wanted(when) !== null);
    this.ifYes = placesWhere(whens, (when) => wanted(when) !== false);
    this.ifNo = placesWhere(whens, (when) => wanted(when) !== true);
  }

  narrow(bits: BitSet, answer: boolean): void {
    if (this.isAsked) keepCommon(bits, answer ? this.ifYes : this.ifNo);
  }
}

/** Numeric condition, per clock it is read from: the rules that do not have it, or whose spans contain the number. */
class Spans {
  private readonly indexes: readonly (readonly [clock: string, index: IntervalIndex])[];
  private readonly fitting: BitSet;

  constructor(
    private readonly unasked: BitSet,
    byClock: ReadonlyMap<string, Interval[]>,
  ) {
    const size = unasked.length * 32;
    this.indexes = [...byClock].flatMap(([clock, intervals]) =>
      intervals.length === 0 ? [] : [[clock, new IntervalIndex(intervals, size)] as const],
    );
    this.fitting = unasked.slice();
  }

  /** Intersects with the rules whose spans contain the number. An unknown number (null) is in no span. */
  narrow(bits: BitSet, read: (clock: string) => number | null): void {
    this.fitting.set(this.unasked);
    for (const [clock, index] of this.indexes) {
      const value = read(clock);
      if (value !== null) index.toggleHolding(this.fitting, value);
    }
    keepCommon(bits, this.fitting);
  }
}

function promptInterval({ minPromptTokens, maxPromptTokens }: RuleConditions, place: number): Interval[] {
  if (minPromptTokens === null && maxPromptTokens === null) return [];
  const until = maxPromptTokens === null ? Number.POSITIVE_INFINITY : maxPromptTokens + 1;
  return [{ place, from: minPromptTokens ?? 0, until }];
}

function intervalsByZone(whens: readonly RuleConditions[]): Map<string, Interval[]> {
  const byZone = new Map<string, Interval[]>();
  for (const [place, { hours }] of whens.entries()) {
    if (hours === null) continue;
    const known = byZone.get(hours.zone) ?? [];
    byZone.set(hours.zone, known);
    // Outside office hours is every minute of the week, with the office hours toggled once more.
    if (hours.name === "off_hours") known.push({ place, from: 0, until: MINUTES_PER_WEEK });
    for (const { from, until } of weeklyIntervals(hours)) known.push({ place, from, until });
  }
  return byZone;
}

function placesWhere<T>(items: readonly T[], holds: (item: T) => boolean): BitSet {
  const bits = placeBits(items.length);
  for (const [place, item] of items.entries()) if (holds(item)) togglePlace(bits, place);
  return bits;
}
