import type { Rewrite } from "./rewrite.ts";

/** Up to here the header for the long window has no effect. */
const USUAL_WINDOW = 200_000;
const LONG_WINDOW_BETA = "context-1m";
/** A session leaves out the same few. */
const SORTED_MAX = 64;

/** The betas of a request, by what becomes of them. */
interface Sorted {
  kept: readonly string[];
  dropped: readonly string[];
  hasLongWindow: boolean;
}

/** By the list, which is the same one for every request of a head, and by what is to be left out of it. */
const sortedBefore = new WeakMap<readonly string[], Map<string, Sorted>>();

/** E22 and E35: the betas to send. Unknown values pass, because the list of betas is the client's and not ours. */
export function remainingBetas(draft: Rewrite): readonly string[] {
  const { input, droppedBetas } = draft;
  const window = input.target.contextWindow;
  const names = [...droppedBetas];
  if (window !== null && window <= USUAL_WINDOW) names.push(LONG_WINDOW_BETA);
  const { kept, dropped, hasLongWindow } = sorted(input.headers.betas, names);
  if (hasLongWindow) draft.note("E22", "drop", "beta of the long context window left out");
  if (dropped.length > 0) draft.note("E35", "drop", `betas left out with their features: ${dropped.join(", ")}`);
  return kept;
}

function sorted(betas: readonly string[], names: readonly string[]): Sorted {
  const known = sortedBefore.get(betas) ?? new Map<string, Sorted>();
  const key = names.join();
  const before = known.get(key);
  if (before !== undefined) return before;
  const features = names.filter((name) => name !== LONG_WINDOW_BETA);
  const isOfLongWindow = (beta: string) => names.includes(LONG_WINDOW_BETA) && isNamed(beta, LONG_WINDOW_BETA);
  const isDropped = (beta: string) => features.some((name) => isNamed(beta, name));
  const found: Sorted = {
    kept: betas.filter((beta) => !isOfLongWindow(beta) && !isDropped(beta)),
    dropped: betas.filter(isDropped),
    hasLongWindow: betas.some(isOfLongWindow),
  };
  if (known.size >= SORTED_MAX) known.clear();
  sortedBefore.set(betas, known.set(key, found));
  return found;
}

/** "effort-2025-11-24" is named "effort"; dates change, and "effort-per-file-…" would be another beta. */
const isNamed = (beta: string, name: string): boolean =>
  beta.startsWith(name) && beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, "") === name;
