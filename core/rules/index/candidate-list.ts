import type { CompiledRule } from "../compiled-rule.ts";
import type { DecideInput } from "../decide-input.ts";
import { GLOB_LENGTH_MAX, globPrefix } from "../glob.ts";
import type { AssumedConditions } from "../mismatch.ts";
import { type ValueMatcher, valueMatcher } from "../value-matcher.ts";
import { FactIndex } from "./fact-index.ts";
import { RuleList, type RuleWalk } from "./rule-list.ts";

/** One named fact of a rule: the index the rule is filed in, and the names it is filed under. */
interface Handle {
  index: FactIndex;
  matcher: ValueMatcher;
  /** Names it is filed under, each once. */
  names: readonly string[];
}

/**
 * Rules about one model, indexed by the person, key, project, team, path or header they name, so that a file with a
 * rule for each of 10,000 people still costs one look-up. A rule that names several is filed under the rarest one.
 * `RuleList` evaluates all other conditions with bit sets. Walks the rules in evaluation order.
 */
export class CandidateList {
  /** First rule about this model, for any caller; null when there is none. */
  readonly first: CompiledRule | null;
  /** Number of rules about this model. */
  readonly length: number;
  private readonly anyone = new RuleList();
  private readonly byPerson = new FactIndex();
  private readonly byKey = new FactIndex();
  private readonly byProject = new FactIndex();
  private readonly byTeam = new FactIndex();
  private readonly byPath = new FactIndex();
  private readonly byHeader = new Map<string, FactIndex>();

  constructor(positions: readonly number[], rules: readonly CompiledRule[]) {
    const ordered = [...new Set(positions)].sort((a, b) => a - b).flatMap((position) => rules[position] ?? []);
    this.first = ordered[0] ?? null;
    this.length = ordered.length;
    const handles = ordered.map((rule) => this.handlesOf(rule));
    const sharers = countSharers(handles);
    for (const [at, rule] of ordered.entries()) this.file(rule, handles[at] ?? [], sharers);
    for (const [name, index] of this.byHeader) if (index.isEmpty) this.byHeader.delete(name);
  }

  /** Calls `visit` for each rule that may match this request, in order, until it returns true. */
  walk(input: DecideInput, open: AssumedConditions, visit: (rule: CompiledRule) => boolean): void {
    const lists: RuleList[] = [];
    if (this.anyone.length > 0) lists.push(this.anyone);
    find(this.byPerson, lists, input.person?.toLowerCase(), input.personEmail?.toLowerCase());
    find(this.byKey, lists, input.key?.toLowerCase(), input.keyName?.toLowerCase());
    find(this.byProject, lists, input.project);
    find(this.byTeam, lists, input.team);
    if (!this.byPath.isEmpty) for (const start of startsOf(input.path)) this.byPath.findInto(lists, start);
    for (const [name, index] of this.byHeader) find(index, lists, input.header(name));
    const walks = lists.map((list) => list.walk(input, open));
    walkInOrder(walks, visit);
  }

  private handlesOf({ rule, person, key, project, team, headers }: CompiledRule): Handle[] {
    const handles: Handle[] = [];
    const add = (index: FactIndex, matcher: ValueMatcher | null) => {
      if (matcher === null) return;
      handles.push({ index, matcher, names: [...matcher.exact, ...new Set(matcher.globs.map(globPrefix))] });
    };
    add(this.byPerson, person);
    add(this.byKey, key);
    add(this.byProject, project);
    for (const { name, matcher } of headers) add(this.headerIndex(name), matcher);
    add(this.byPath, valueMatcher(rule.when.pathPrefix, false));
    add(this.byTeam, team);
    return handles;
  }

  private headerIndex(name: string): FactIndex {
    const index = this.byHeader.get(name) ?? new FactIndex();
    this.byHeader.set(name, index);
    return index;
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

function find(index: FactIndex, lists: RuleList[], first: string | null | undefined, second?: string): void {
  if (index.isEmpty) return;
  if (first != null) index.findInto(lists, first);
  if (second !== undefined && second !== first) index.findInto(lists, second);
}

/**
 * Lists the prefixes of a path in whole segments: "/t", "/t/pay" and "/t/pay/v1" of the last. No condition is longer.
 */
function startsOf(path: string): string[] {
  const starts: string[] = [];
  for (let at = 1; at <= Math.min(path.length, GLOB_LENGTH_MAX); at++) {
    if (at === path.length || path[at] === "/") starts.push(path.slice(0, at));
  }
  return starts;
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
