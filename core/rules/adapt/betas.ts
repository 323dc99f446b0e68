import type { Draft } from "./draft.ts";

/** Up to here the header for the long window has no effect. */
const USUAL_WINDOW = 200_000;
const LONG_WINDOW_BETA = "context-1m";

/** E22 and E35: the betas to send. Unknown values pass, because the list of betas is the client's and not ours. */
export function remainingBetas(draft: Draft): readonly string[] {
  const { input, droppedBetas } = draft;
  const window = input.target.contextWindow;
  const hasUsualWindow = window !== null && window <= USUAL_WINDOW;
  const isOfLongWindow = (beta: string) => hasUsualWindow && isNamed(beta, LONG_WINDOW_BETA);
  const { betas } = input.headers;
  const names = [...droppedBetas];
  const isDropped = (beta: string) => names.some((name) => isNamed(beta, name));
  if (betas.some(isOfLongWindow)) draft.note("E22", "drop", "beta of the long context window left out");
  const dropped = betas.filter(isDropped);
  if (dropped.length > 0) draft.note("E35", "drop", `betas left out with their features: ${dropped.join(", ")}`);
  return betas.filter((beta) => !isOfLongWindow(beta) && !isDropped(beta));
}

/** "effort-2025-11-24" is named "effort"; dates change, and "effort-per-file-…" would be another beta. */
const isNamed = (beta: string, name: string): boolean =>
  beta.startsWith(name) && beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, "") === name;
