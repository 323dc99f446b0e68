import { useEffect, useState } from "react";

/**
 * Debounced text, as it was when it last stayed the same for `pauseMs`. What is dear to compute follows the pauses in
 * typing.
 */
export function useSettled(text: string, pauseMs: number): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(text), pauseMs);
    return () => clearTimeout(timer);
  }, [text, pauseMs]);
  return settled;
}
