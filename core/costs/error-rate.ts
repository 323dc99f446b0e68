/** From here on the errors of a rule are worth a colour. */
export const manyErrors = 0.02;

/** Errors of the overridden requests per overridden request, 0-1; null while nothing was overridden. */
export const ruleErrorRate = ({ requests, errors }: { requests: number; errors: number }): number | null =>
  requests === 0 ? null : errors / requests;
