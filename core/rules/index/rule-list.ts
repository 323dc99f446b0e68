import type { CompiledRule } from "../compiled-rule.ts";
import type { DecideInput } from "../decide-input.ts";
import type { AssumedConditions } from "../mismatch.ts";
import { type BitSet, nextBit } from "./bit-set.ts";
import { ConditionIndex } from "./condition-index.ts";

/** Length up to which trying every rule is faster than an index look-up. */
export const SHORT_LIST = 32;

/** Rules in evaluation order. A long list has a bit-set index that excludes rules per request. */
export class RuleList {
  private readonly rules: CompiledRule[] = [];
  private index: ConditionIndex | null = null;

  get length(): number {
    return this.rules.length;
  }

  /** Adds a rule. Rules come in evaluation order, all of them before the first walk. */
  push(rule: CompiledRule): void {
    this.rules.push(rule);
  }

  /** Starts a walk over the rules that may match this request. Valid until this list is walked for another request. */
  walk(input: DecideInput, assumed: AssumedConditions): RuleWalk {
    if (this.rules.length <= SHORT_LIST) return new RuleWalk(this.rules, null);
    this.index ??= new ConditionIndex(this.rules);
    return new RuleWalk(this.rules, this.index.possible(input, assumed));
  }
}

export class RuleWalk {
  /** Rule at the current position; undefined past the last one. */
  current: CompiledRule | undefined;
  private place = -1;

  constructor(
    private readonly rules: readonly CompiledRule[],
    private readonly possible: BitSet | null,
  ) {
    this.next();
  }

  next(): void {
    this.place = this.possible === null ? this.place + 1 : nextBit(this.possible, this.place + 1);
    this.current = this.rules[this.place];
    // Past the end the search for a next one would start over.
    if (this.current === undefined) this.place = this.rules.length;
  }
}
