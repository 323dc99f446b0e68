/** Error rate from which a rule is highlighted. */
export const manyErrors = 0.02;

/** Computes errors per overridden request, 0-1; null without an overridden request. */
export const ruleErrorRate = ({ requests, errors }: { requests: number; errors: number }): number | null =>
  requests === 0 ? null : errors / requests;
