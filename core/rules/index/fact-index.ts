import { BoundedCache } from "../../memo.ts";
import type { CompiledRule } from "../compiled-rule.ts";
import { GLOB_LENGTH_MAX, globPrefix, matchesGlob } from "../glob.ts";
import type { ValueMatcher } from "../value-matcher.ts";
import { RuleList, SHORT_LIST } from "./rule-list.ts";

/** Rules by their value for one fact: exact names in a map, patterns by the text before their first wildcard. */
export class FactIndex {
  private readonly exact = new Map<string, RuleList>();
  private readonly byPrefix = new Map<string, PatternList>();
  private readonly prefixLengths: number[] = [];

  get isEmpty(): boolean {
    return this.exact.size === 0 && this.byPrefix.size === 0;
  }

  file({ exact, globs }: ValueMatcher, rule: CompiledRule): void {
    for (const name of exact) entry(this.exact, name, () => new RuleList()).push(rule);
    for (const prefix of new Set(globs.map(globPrefix))) {
      if (!this.prefixLengths.includes(prefix.length)) this.prefixLengths.push(prefix.length);
      entry(this.byPrefix, prefix, () => new PatternList()).push(globs, rule);
    }
  }

  /** Adds the lists of rules that may want this value. */
  findInto(lists: RuleList[], value: string): void {
    const named = this.exact.get(value);
    if (named !== undefined) lists.push(named);
    for (const length of this.prefixLengths) {
      if (length > value.length) continue;
      const found = this.byPrefix.get(value.slice(0, length))?.fitting(value);
      if (found !== undefined) lists.push(found);
    }
  }
}

/**
 * Rules whose patterns have the same prefix. Many of them ("*-web", "*-api" …) are matched once per value, not per
 * request.
 */
class PatternList {
  private readonly all = new RuleList();
  private readonly patterns: { globs: readonly string[]; rule: CompiledRule }[] = [];
  private readonly fittingBefore = new BoundedCache<string, RuleList>({ weigh: (list) => list.length });

  push(globs: readonly string[], rule: CompiledRule): void {
    this.all.push(rule);
    this.patterns.push({ globs, rule });
  }

  fitting(value: string): RuleList | undefined {
    if (this.all.length <= SHORT_LIST) return this.all;
    // No pattern matches a value of this length.
    if (value.length > GLOB_LENGTH_MAX) return undefined;
    const known = this.fittingBefore.get(value);
    if (known !== undefined) return known;
    const found = new RuleList();
    for (const { globs, rule } of this.patterns) if (globs.some((glob) => matchesGlob(glob, value))) found.push(rule);
    this.fittingBefore.set(value, found);
    return found;
  }
}

function entry<T>(map: Map<string, T>, name: string, make: () => T): T {
  const known = map.get(name) ?? make();
  map.set(name, known);
  return known;
}
