import { useEffect, useMemo, useState } from "react";
import { type CheckContext, type Checked, checkText, rulesOf } from "./check-text.ts";

/** Together with a check of a few milliseconds this stays under the 150 ms in which an answer feels like part of typing. */
const pauseMs = 80;

/** The check of the text as it was at the last pause in typing. */
export function useChecked(text: string, liveToml: string, context: CheckContext): Checked {
  const settled = useSettled(text);
  const live = useMemo(() => rulesOf(liveToml, context), [liveToml, context]);
  return useMemo(() => checkText(settled, live, context), [settled, live, context]);
}

function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text]);
  return settled;
}
