import type { CompiledRule } from "./compile.ts";
import type { ValueMatcher } from "./value-matcher.ts";

/** Who asks, as far as it narrows the rules to look at. */
export interface Asker {
  project: string;
  person: string | null;
  personEmail: string | null;
  team: string | null;
}

/**
 * The rules about one model, filed by the person, project or team they name, so that a file with a rule for each of
 * 10,000 people still costs one look-up. Walks them in evaluation order.
 */
export class CandidateList {
  /** The first rule about this model, whoever asks; null when there is none. */
  readonly first: CompiledRule | null;
  private readonly anyone: CompiledRule[] = [];
  private readonly byPerson = new Map<string, CompiledRule[]>();
  private readonly byProject = new Map<string, CompiledRule[]>();
  private readonly byTeam = new Map<string, CompiledRule[]>();

  constructor(positions: readonly number[], rules: readonly CompiledRule[]) {
    const ordered = [...new Set(positions)].sort((a, b) => a - b).flatMap((position) => rules[position] ?? []);
    this.first = ordered[0] ?? null;
    for (const rule of ordered) this.file(rule);
  }

  /** Calls `visit` for each rule that this asker's names do not exclude, in order, until it answers true. */
  walk(asker: Asker, visit: (rule: CompiledRule) => boolean): void {
    const lists: CompiledRule[][] = [];
    const add = (list: CompiledRule[] | undefined) => list && lists.push(list);
    add(this.anyone);
    if (this.byPerson.size > 0) {
      const id = asker.person?.toLowerCase() ?? null;
      const email = asker.personEmail?.toLowerCase() ?? null;
      if (id !== null) add(this.byPerson.get(id));
      if (email !== null && email !== id) add(this.byPerson.get(email));
    }
    add(this.byProject.get(asker.project));
    if (asker.team !== null) add(this.byTeam.get(asker.team));
    walkInOrder(lists, visit);
  }

  private file(rule: CompiledRule): void {
    if (isNamesOnly(rule.person)) fileUnder(this.byPerson, rule.person, rule);
    else if (isNamesOnly(rule.project)) fileUnder(this.byProject, rule.project, rule);
    else if (isNamesOnly(rule.team)) fileUnder(this.byTeam, rule.team, rule);
    else this.anyone.push(rule);
  }
}

const isNamesOnly = (matcher: ValueMatcher | null): matcher is ValueMatcher =>
  matcher !== null && matcher.globs.length === 0;

function fileUnder(map: Map<string, CompiledRule[]>, matcher: ValueMatcher, rule: CompiledRule): void {
  for (const name of matcher.exact) {
    const list = map.get(name);
    if (list) list.push(rule);
    else map.set(name, [rule]);
  }
}

/** Merges a handful of ordered lists. A rule that names a person by id and by address may come twice; that is harmless. */
function walkInOrder(lists: readonly CompiledRule[][], visit: (rule: CompiledRule) => boolean): void {
  const at = new Array<number>(lists.length).fill(0);
  while (true) {
    let best: CompiledRule | undefined;
    let bestList = -1;
    for (let i = 0; i < lists.length; i++) {
      const next = lists[i]?.[at[i] ?? 0];
      if (next && (best === undefined || next.position < best.position)) {
        best = next;
        bestList = i;
      }
    }
    if (best === undefined || visit(best)) return;
    at[bestList] = (at[bestList] ?? 0) + 1;
  }
}
