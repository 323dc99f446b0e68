import { useMemo } from "react";
import { useSettled } from "#app/_data/use-settled.ts";
import { type CheckContext, type Checked, checkText, readRules } from "./check-text.ts";

/** Pause before a check, ms; with the check it stays under the 150 ms that feel immediate. */
const PAUSE_MS = 80;

/**
 * Check of the text at the last pause in typing. Short because its pause is separate from the other steps of editing.
 */
export function useChecked(text: string, liveToml: string, context: CheckContext): Checked {
  const settled = useSettled(text, PAUSE_MS);
  const live = useMemo(() => readRules(liveToml, context), [liveToml, context]);
  return useMemo(() => checkText(settled, live, context), [settled, live, context]);
}
