import { ApiError } from "./get-json.ts";

/** What to say beside each field of a form, and what to say for the whole of it when no field is to blame. */
export interface FormProblem {
  fields: Record<string, string>;
  message: string | null;
}

export const noProblem: FormProblem = { fields: {}, message: null };

/** Sorts a refusal to the fields it names; only what belongs to none of them is said for the whole form. */
export function formProblem(error: unknown): FormProblem {
  if (!(error instanceof ApiError)) return { fields: {}, message: "The console did not answer. Try again." };
  const { fields } = error.details as { fields?: Record<string, string> };
  return fields && Object.keys(fields).length > 0 ? { fields, message: null } : { fields: {}, message: error.message };
}
