import { ruleErrorRate } from "./error-rate.ts";
import type { Attention, TopRule } from "./overview.ts";

/** Fewest requests from which a rate is judged. */
const ruleSampleLeast = 50;
/** Fewest requests on each side from which a change of a share is shown. */
export const shareSampleLeast = 100;
const errorsLeast = 5;
const rateLeast = 0.01;
const timesTheOthers = 3;

/** What requests under one version of the rules came to, for one rule. */
export interface RuleSample {
  ruleId: string;
  version: number;
  requests: number;
  errors: number;
}

/** The version that made a rule what it is: the one that added it, brought it back or last changed it. */
export interface RuleCause {
  version: number;
  atMs: number;
}

interface ErrorJumpInput {
  rules: readonly Pick<TopRule, "ruleId" | "from" | "to" | "note" | "isLive">[];
  samples: readonly RuleSample[];
  causes: ReadonlyMap<string, RuleCause>;
  live: number | null;
  /** What a roll back without a number goes to. */
  previous: number | null;
  /** The range the samples are of. */
  fromMs: number;
}

/**
 * Live rules that fail at least three times as often as the others together. Both are measured from the version that made
 * the rule what it is: what the rule did in an earlier form, or before it was removed and added again, is not held against
 * it. The version is named only when it went live inside the range, because nothing before the range was measured.
 */
export function findErrorJumps({ rules, samples, causes, live, previous, fromMs }: ErrorJumpInput): ErrorJump[] {
  return rules.flatMap(({ ruleId, from, to, note, isLive }): ErrorJump[] => {
    const cause = causes.get(ruleId);
    if (!cause || !isLive) return [];
    const since = samples.filter((sample) => sample.version >= cause.version);
    const own = sumOf(since.filter((sample) => sample.ruleId === ruleId));
    if (own.requests < ruleSampleLeast || own.errors < errorsLeast) return [];
    const rest = sumOf(since.filter((sample) => sample.ruleId !== ruleId));
    const others = rest.requests < ruleSampleLeast ? null : ruleErrorRate(rest);
    const rate = ruleErrorRate(own) ?? 0;
    if (rate < rateLeast || rate < (others ?? 0) * timesTheOthers) return [];
    return [
      {
        kind: "errors",
        route: { ruleId, from, to, note },
        rate,
        others,
        version: cause.atMs >= fromMs ? cause.version : null,
        // Only while the cause is live: rolling back further would undo later work as well.
        rollBackTo: cause.version === live ? previous : null,
      },
    ];
  });
}

type ErrorJump = Extract<Attention, { kind: "errors" }>;

function sumOf(samples: readonly RuleSample[]): { requests: number; errors: number } {
  return samples.reduce(
    (sum, { requests, errors }) => ({ requests: sum.requests + requests, errors: sum.errors + errors }),
    { requests: 0, errors: 0 },
  );
}
