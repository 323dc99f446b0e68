import { ruleErrorRate } from "./error-rate.ts";
import type { Attention, TopRule } from "./overview.ts";

/** Minimum number of requests for judging a rate. */
const ruleSampleLeast = 50;
/** Minimum number of requests on each side for showing a change of a share. */
export const shareSampleLeast = 100;
const errorsLeast = 5;
const rateLeast = 0.01;
const timesTheOthers = 3;

/** Requests and errors of one rule under one version of the rules. */
export interface RuleSample {
  ruleId: string;
  version: number;
  requests: number;
  errors: number;
}

/** Version that gave a rule its present form: the one that added, restored or last changed it. */
export interface RuleCause {
  version: number;
  atMs: number;
}

interface ErrorJumpInput {
  rules: readonly Pick<TopRule, "ruleId" | "from" | "to" | "note" | "isLive">[];
  samples: readonly RuleSample[];
  causes: ReadonlyMap<string, RuleCause>;
  live: number | null;
  /** Target of a roll back without a number. */
  previous: number | null;
  /** Start of the range of the samples. */
  fromMs: number;
}

/**
 * Finds live rules that fail at least three times as often as all others together. Both are measured from the version
 * that gave the rule its present form: earlier forms, and the time before a removal, do not count against it. The
 * version is named only when it went live inside the range, because nothing before the range was measured.
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
        // Only while the cause is live: rolling back further would also undo later work.
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
