import { BoundedCache, PerObject } from "#core/memo.ts";
import type { AdaptInput, Change } from "./adaptation.ts";
import { HAZARD_FIELDS, type HazardCode } from "./hazards.ts";

/** Up to this window the header for the long window has no effect. */
const USUAL_WINDOW = 200_000;
const LONG_WINDOW_BETA = "context-1m";

/** Betas of a request, split into kept and dropped. */
interface SortedBetas {
  /** To be sent: as requested, in the same order. */
  kept: readonly string[];
  notes: readonly Change[];
}

/**
 * Cache by the list, which is the same object for every request with the same head, and by the betas to drop from it.
 */
const sortedBefore = new PerObject<readonly string[], BoundedCache<string, SortedBetas>>(
  // A session drops the same few betas.
  () => new BoundedCache({ entriesMax: 64 }),
);

/**
 * E22 and E35: selects the betas to send when these features (named without their dates) were dropped. Unknown values
 * pass, because the client defines the list of betas. `contextWindow` is the served model's.
 */
export function sortBetas(
  betas: readonly string[],
  left: readonly string[],
  contextWindow: number | null,
): SortedBetas {
  const isShort = contextWindow !== null && contextWindow <= USUAL_WINDOW;
  const known = sortedBefore.get(betas);
  const key = `${isShort} ${left.join()}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = sorted(betas, left, isShort);
  known.set(key, found);
  return found;
}

function sorted(betas: readonly string[], left: readonly string[], isShort: boolean): SortedBetas {
  const isOfLongWindow = (beta: string) => isShort && isNamed(beta, LONG_WINDOW_BETA);
  const isDropped = (beta: string) => left.some((name) => isNamed(beta, name));
  const dropped = betas.filter(isDropped);
  const notes: Change[] = [];
  if (betas.some(isOfLongWindow)) notes.push(note("E22", "beta of the long context window left out"));
  if (dropped.length > 0) notes.push(note("E35", `betas left out with their features: ${dropped.join(", ")}`));
  return { kept: betas.filter((beta) => !isOfLongWindow(beta) && !isDropped(beta)), notes };
}

const note = (code: HazardCode, text: string): Change => ({ code, field: HAZARD_FIELDS[code], action: "drop", text });

/**
 * Whether a beta has a name apart from its date: "effort-2025-11-24" is named "effort", and "effort-per-file-…" is
 * another beta.
 */
const isNamed = (beta: string, name: string): boolean =>
  beta.startsWith(name) && beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, "") === name;

/**
 * Lists features that the served model does not accept: after the rewrite the body has no field of theirs in any
 * case, so their betas are dropped as well. Named without their dates.
 */
export function betasWithoutUse({ target, index, today, catalogue }: AdaptInput): readonly string[] {
  const { capabilities: can, fastMode } = target;
  if (can === null) return [];
  const day = today ?? catalogue.asOf;
  const hasFastMode = fastMode !== null && (fastMode.effectiveUntil === null || day < fastMode.effectiveUntil);
  const unused: string[] = [];
  if (can.effort.length === 0) unused.push("effort");
  if (can.perMessageEffort === false) unused.push("per-turn-control", "mid-conversation-output-config");
  if (can.systemRoleMessages === false) unused.push("mid-conversation-system", "mid-conversation-tool-changes");
  if (can.taskBudget === false) unused.push("task-budgets");
  if (can.fallbacks === false) unused.push("server-side-fallback");
  if (can.safeguards === false) unused.push("dangerous-tool-use");
  if (!can.thinking.includes("adaptive")) unused.push("block-binding");
  if (!hasFastMode && !index.fields.has("speed")) unused.push("fast-mode");
  return unused;
}
