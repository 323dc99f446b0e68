import type { CompiledRule } from "../compiled-rule.ts";
import type { ConditionFacts } from "../conditions/registry.ts";
import type { DecideInput } from "../decide-input.ts";
import { globPrefix } from "../glob.ts";
import type { AssumedConditions } from "../mismatch.ts";
import type { ValueMatcher } from "../value-matcher.ts";
import { FactIndex } from "./fact-index.ts";
import { RuleList, type RuleWalk } from "./rule-list.ts";

/** Index of one named fact, and the values a request has for it. */
interface NamedIndex {
  readonly index: FactIndex;
  readonly foldsCase: boolean;
  readonly values: (facts: ConditionFacts) => readonly (string | null)[];
}

/** One named fact of a rule: the index the rule is filed in, and the names it is filed under. */
interface Handle {
  index: FactIndex;
  matcher: ValueMatcher;
  /** Names it is filed under, each once. */
  names: readonly string[];
}

/**
 * Rules about one model, indexed by the names their conditions want (person, key, project, header …). A file with a
 * rule for each of 10,000 people thus still costs one look-up. A rule that names several is filed under the rarest one.
 * `RuleList` evaluates all other conditions with bit sets. Walks the rules in evaluation order.
 */
export class CandidateList {
  /** First rule about this model, for any caller; null when there is none. */
  readonly first: CompiledRule | null;
  /** Number of rules about this model. */
  readonly length: number;
  private readonly anyone = new RuleList();
  private readonly named: readonly NamedIndex[];

  constructor(positions: readonly number[], rules: readonly CompiledRule[]) {
    const ordered = [...new Set(positions)].sort((a, b) => a - b).flatMap((position) => rules[position] ?? []);
    this.first = ordered[0] ?? null;
    this.length = ordered.length;
    const bySlot = new Map<string, NamedIndex>();
    const handles = ordered.map((rule) => buildHandles(rule, bySlot));
    const sharers = countSharers(handles);
    for (const [at, rule] of ordered.entries()) this.file(rule, handles[at] ?? [], sharers);
    this.named = [...bySlot.values()].filter(({ index }) => !index.isEmpty);
  }

  /** Calls `visit` for each rule that may match this request, in order, until it returns true. */
  walk(input: DecideInput, assumed: AssumedConditions, visit: (rule: CompiledRule) => boolean): void {
    const lists: RuleList[] = [];
    if (this.anyone.length > 0) lists.push(this.anyone);
    for (const { index, foldsCase, values } of this.named) {
      for (const value of values(input)) {
        if (value !== null) index.findInto(lists, foldsCase ? value.toLowerCase() : value);
      }
    }
    const walks = lists.map((list) => list.walk(input, assumed));
    walkInOrder(walks, visit);
  }

  private file(rule: CompiledRule, handles: readonly Handle[], sharers: Sharers): void {
    let best: Handle | null = null;
    let fewest = Number.POSITIVE_INFINITY;
    for (const handle of handles) {
      const counts = sharers.get(handle.index);
      const most = handle.names.reduce((known, name) => Math.max(known, counts?.get(name) ?? 0), 0);
      if (most < fewest) [best, fewest] = [handle, most];
    }
    if (best === null) this.anyone.push(rule);
    else best.index.file(best.matcher, rule);
  }
}

function buildHandles({ rule, checks }: CompiledRule, bySlot: Map<string, NamedIndex>): Handle[] {
  return checks.flatMap(({ condition }) => {
    const hint = condition.toIndexHint(rule.when);
    if (hint?.kind !== "names") return [];
    return hint.handles.map(({ slot, matcher, values }) => {
      const known = bySlot.get(slot) ?? { index: new FactIndex(), foldsCase: matcher.foldsCase, values };
      bySlot.set(slot, known);
      return { index: known.index, matcher, names: [...matcher.exact, ...new Set(matcher.globs.map(globPrefix))] };
    });
  });
}

/** Number of rules that name the same value of the same fact. */
type Sharers = ReadonlyMap<FactIndex, ReadonlyMap<string, number>>;

function countSharers(handles: readonly Handle[][]): Sharers {
  const sharers = new Map<FactIndex, Map<string, number>>();
  for (const { index, names } of handles.flat()) {
    const counts = sharers.get(index) ?? new Map<string, number>();
    sharers.set(index, counts);
    for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return sharers;
}

/**
 * Merges a handful of ordered lists. A rule that is filed twice, as by id and by address, may come twice; that is
 * harmless.
 */
function walkInOrder(walks: readonly RuleWalk[], visit: (rule: CompiledRule) => boolean): void {
  while (true) {
    let first: RuleWalk | undefined;
    let firstRule: CompiledRule | undefined;
    for (const walk of walks) {
      const { current } = walk;
      if (current === undefined || (firstRule !== undefined && firstRule.position <= current.position)) continue;
      first = walk;
      firstRule = current;
    }
    if (first === undefined || firstRule === undefined || visit(firstRule)) return;
    first.next();
  }
}
