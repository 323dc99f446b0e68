/** What one look found. */
export interface Finding {
  /** `problem`: CCO or its callers do not work. `warning`: works, and should be changed. `skipped`: could not be looked at. */
  level: "ok" | "warning" | "problem" | "skipped";
  /** What was looked at, in a word or two. */
  subject: string;
  /** What was found. Never a secret, nor any part of one. */
  text: string;
  /** What to do about it; null where there is nothing to do. */
  fix: string | null;
}

export const ok = (subject: string, text: string): Finding => ({ level: "ok", subject, text, fix: null });
export const skipped = (subject: string, text: string): Finding => ({ level: "skipped", subject, text, fix: null });
export const warning = (subject: string, text: string, fix: string): Finding => ({
  level: "warning",
  subject,
  text,
  fix,
});
export const problem = (subject: string, text: string, fix: string): Finding => ({
  level: "problem",
  subject,
  text,
  fix,
});
