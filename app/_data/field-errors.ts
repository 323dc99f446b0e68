import type { Problem } from "#core/rules/rule-set.ts";
import { ApiError } from "./get-json.ts";

/** Messages beside each field, and one for the whole form when no field is the cause. */
export interface FormProblem {
  fields: Record<string, string>;
  message: string | null;
  /** Another person saved meanwhile what this form changes: the present values can be loaded. */
  isStale?: true;
  /** What was wrong one by one, where the message counts only. */
  reasons?: string[];
}

export const noProblem: FormProblem = { fields: {}, message: null };

/** Assigns a refusal to its fields; the rest is shown for the whole form. */
export function formProblem(error: unknown): FormProblem {
  if (!(error instanceof ApiError)) return { fields: {}, message: "The console did not answer. Try again." };
  const { fields, changed } = error.details as { fields?: Record<string, string>; changed?: unknown };
  if (error.status === 409 && Array.isArray(changed)) return { fields: {}, message: error.message, isStale: true };
  if (fields && Object.keys(fields).length > 0) return { fields, message: null };
  const reasons = reasonsIn(error);
  return { fields: {}, message: error.message, ...(reasons.length > 0 && { reasons }) };
}

/**
 * Reasons that a refusal of rules names one by one. They are the tests that failed with what they got, and the errors
 * of the text.
 */
export function reasonsIn(error: Error | null): string[] {
  if (!(error instanceof ApiError)) return [];
  const { failedTests, problems } = error.details;
  const tests = listIn(failedTests).filter((text) => typeof text === "string");
  const errors = (listIn(problems) as Partial<Problem>[]).filter(({ severity }) => severity === "error");
  const others = errors.filter(({ message }) => message !== error.message);
  return [...tests, ...others.map(({ line, message }) => `line ${line}: ${message}`)];
}

const listIn = (value: unknown): unknown[] => (Array.isArray(value) ? value : []);
