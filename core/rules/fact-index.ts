import type { CompiledRule } from "./compile.ts";
import { globPrefix } from "./glob.ts";
import type { ValueMatcher } from "./value-matcher.ts";

/** Rules filed by what they ask of one fact: exact names in a map, patterns by the text before their first wildcard. */
export class FactIndex {
  private readonly exact = new Map<string, CompiledRule[]>();
  private readonly byPrefix = new Map<string, CompiledRule[]>();
  private readonly prefixLengths: number[] = [];

  get isEmpty(): boolean {
    return this.exact.size === 0 && this.byPrefix.size === 0;
  }

  file({ exact, globs }: ValueMatcher, rule: CompiledRule): void {
    for (const name of exact) push(this.exact, name, rule);
    for (const prefix of new Set(globs.map(globPrefix))) {
      if (!this.prefixLengths.includes(prefix.length)) this.prefixLengths.push(prefix.length);
      push(this.byPrefix, prefix, rule);
    }
  }

  /** Adds the lists of rules that may ask for this value. */
  findInto(lists: CompiledRule[][], value: string): void {
    const named = this.exact.get(value);
    if (named !== undefined) lists.push(named);
    for (const length of this.prefixLengths) {
      if (length > value.length) continue;
      const found = this.byPrefix.get(value.slice(0, length));
      if (found !== undefined) lists.push(found);
    }
  }
}

function push(map: Map<string, CompiledRule[]>, name: string, rule: CompiledRule): void {
  const list = map.get(name);
  if (list === undefined) map.set(name, [rule]);
  else list.push(rule);
}
