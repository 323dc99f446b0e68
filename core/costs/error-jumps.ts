import { ruleErrorRate } from "./error-rate.ts";
import type { Attention } from "./overview.ts";

/** Minimum number of requests on each side for showing a change of a share. */
export const shareSampleLeast = 100;
/** Fewer errors, or a smaller rate, are no change of anything. */
const errorsLeast = 5;
const rateLeast = 0.01;
/** Rate from which a rule is named that has no others to be compared with. */
const rateAloneLeast = 0.1;

/** Bounds of a rule that fails too often. */
interface ErrorBounds {
  timesTheOthers: number;
  /** Minimum number of requests for judging a rate. */
  sampleLeast: number;
}

/** Those of the overview, and of the alert until an admin changes them. */
export const usualErrorBounds: ErrorBounds = { timesTheOthers: 3, sampleLeast: 50 };

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

/** A live rule, with its requests since it has its present form. */
export interface RuleSinceChange {
  ruleId: string;
  from: string;
  to: string;
  note: string | null;
  /** Version that gave it its present form. */
  version: number;
  compared: RuleComparison;
  /** Version to roll back to; null where that would undo later work too. */
  rollBackTo: number | null;
}

interface Counts {
  requests: number;
  errors: number;
}

/** A rule and all others together, since the version that gave the rule its present form. */
interface RuleComparison {
  own: Counts;
  others: Counts;
}

/** Sums the requests since a version: earlier forms of the rule do not count against it. */
export function compareSince(samples: readonly RuleSample[], ruleId: string, version: number): RuleComparison {
  const since = samples.filter((sample) => sample.version >= version);
  return {
    own: sumCounts(since.filter((sample) => sample.ruleId === ruleId)),
    others: sumCounts(since.filter((sample) => sample.ruleId !== ruleId)),
  };
}

/**
 * Whether a rule fails too often: the given times as often as the others, or without others every tenth time. The only
 * definition.
 */
export function failsTooOften({ own, others }: RuleComparison, { timesTheOthers, sampleLeast }: ErrorBounds): boolean {
  const rate = ruleErrorRate(own) ?? 0;
  if (own.requests < sampleLeast || own.errors < errorsLeast || rate < rateLeast) return false;
  if (others.requests < sampleLeast) return rate >= rateAloneLeast;
  return rate >= (ruleErrorRate(others) ?? 0) * timesTheOthers;
}

/** Finds live rules that fail at least three times as often as all others together. */
export const findErrorJumps = (rules: readonly RuleSinceChange[]): ErrorJump[] =>
  rules
    .filter(({ compared }) => failsTooOften(compared, usualErrorBounds))
    .map(({ ruleId, from, to, note, version, compared: { own, others }, rollBackTo }) => ({
      kind: "errors",
      route: { ruleId, from, to, note },
      rate: ruleErrorRate(own) ?? 0,
      others: others.requests < usualErrorBounds.sampleLeast ? null : ruleErrorRate(others),
      version,
      rollBackTo,
    }));

type ErrorJump = Extract<Attention, { kind: "errors" }>;

function sumCounts(samples: readonly RuleSample[]): Counts {
  return samples.reduce(
    (sum, { requests, errors }) => ({ requests: sum.requests + requests, errors: sum.errors + errors }),
    { requests: 0, errors: 0 },
  );
}
