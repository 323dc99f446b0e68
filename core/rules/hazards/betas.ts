import { BoundedCache, PerObject } from "#core/memo.ts";
import type { Change } from "../adapt/adaptation.ts";
import { effort, gone } from "./example.ts";
import { defineCode, defineHazard, type SortedBetas } from "./hazard.ts";

// One file for two codes: one pass over the list sorts out both, and its result is cached.
const E22 = defineCode({
  code: "E22",
  words: "beta of the long context window",
  field: "anthropic-beta",
  actions: ["drop"],
});
const E35 = defineCode({
  code: "E35",
  words: "betas of what was left out",
  field: "anthropic-beta",
  actions: ["drop"],
});

/** Up to this window the header for the long window has no effect. */
const USUAL_WINDOW = 200_000;
const LONG_WINDOW_BETA = "context-1m";

/**
 * Cache of sorted betas, by the list and by the betas to drop from it. The list is the same object for every request
 * with the same head.
 */
const sortedBefore = new PerObject<readonly string[], BoundedCache<string, SortedBetas>>(
  // A session drops the same few betas.
  () => new BoundedCache({ entriesMax: 64 }),
);

/** Selects the betas to send. It leaves out that of a window the model does not have, and those of dropped features. */
export const betas = defineHazard({
  codes: [E22, E35],
  step: { of: "betas", run: sortBetas },
  inside: null,
  betas: [],
  refusals: { none: "The provider takes every beta it knows; one without use for the model has no effect." },
  examples: () => ({
    E22: [
      {
        what: "the beta of the long window goes where it has no effect",
        from: "opus-4-6",
        to: "haiku-4-5",
        body: {},
        betas: "context-1m-2025-08-07,claude-code-20250219",
        refusal: null,
        sent: {},
        sentBetas: "claude-code-20250219",
        edits: ["E22 anthropic-beta drop"],
      },
    ],
    E35: [
      {
        what: "exactly the betas of what was left out go, unknown ones included in what stays",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: effort("low"),
        betas: "effort-2025-11-24, per-turn-control-2026-07-01,max-tokens-3-5-sonnet-2024-07-15",
        laidOver: effort("low"),
        refusal: /effort/,
        sent: { output_config: gone },
        sentBetas: "max-tokens-3-5-sonnet-2024-07-15",
        edits: ["E9 output_config.effort drop", "E35 anthropic-beta drop"],
      },
      {
        what: "a beta goes with a feature the model has not, although the body never used it",
        from: "opus-5-5",
        to: "haiku-4-5",
        body: {},
        betas: "claude-code-20250219,effort-2025-11-24,per-turn-control-2026-07-01",
        refusal: null,
        sent: {},
        sentBetas: "claude-code-20250219",
        edits: ["E35 anthropic-beta drop"],
      },
    ],
  }),
});

function sortBetas(betas: readonly string[], unused: readonly string[], window: number | null): SortedBetas {
  const isShort = window !== null && window <= USUAL_WINDOW;
  const known = sortedBefore.get(betas);
  let key = isShort ? "short" : "long";
  for (const name of unused) key += ` ${name}`;
  const before = known.get(key);
  if (before !== undefined) return before;
  const found = sorted(betas, unused, isShort);
  known.set(key, found);
  return found;
}

function sorted(betas: readonly string[], unused: readonly string[], isShort: boolean): SortedBetas {
  const isOfLongWindow = (beta: string) => isShort && isNamed(beta, LONG_WINDOW_BETA);
  const isDropped = (beta: string) => unused.some((name) => isNamed(beta, name));
  const dropped = betas.filter(isDropped);
  const notes: Change[] = [];
  const note = ({ code, field }: typeof E22 | typeof E35, text: string) =>
    notes.push({ code, field, action: "drop", text });
  if (betas.some(isOfLongWindow)) note(E22, "beta of the long context window left out");
  if (dropped.length > 0) note(E35, `betas left out with their features: ${dropped.join(", ")}`);
  return { kept: betas.filter((beta) => !isOfLongWindow(beta) && !isDropped(beta)), notes };
}

/**
 * Whether a beta has a name apart from its date: "effort-2025-11-24" is named "effort", and "effort-per-file-…" is
 * another beta.
 */
const isNamed = (beta: string, name: string): boolean =>
  beta.startsWith(name) && beta.replace(/-\d{4}-?\d{2}-?\d{2}$/, "") === name;
