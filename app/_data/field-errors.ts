import { ApiError } from "./get-json.ts";

/** Messages beside each field, and one for the whole form when no field is the cause. */
export interface FormProblem {
  fields: Record<string, string>;
  message: string | null;
  /** Another person saved meanwhile what this form changes: the present values can be loaded. */
  isStale?: true;
}

export const noProblem: FormProblem = { fields: {}, message: null };

/** Assigns a refusal to its fields; the rest is shown for the whole form. */
export function formProblem(error: unknown): FormProblem {
  if (!(error instanceof ApiError)) return { fields: {}, message: "The console did not answer. Try again." };
  const { fields, changed } = error.details as { fields?: Record<string, string>; changed?: unknown };
  if (error.status === 409 && Array.isArray(changed)) return { fields: {}, message: error.message, isStale: true };
  return fields && Object.keys(fields).length > 0 ? { fields, message: null } : { fields: {}, message: error.message };
}
