"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useState } from "react";
import { type CostView, readView, viewParams } from "./url.ts";

/**
 * The view in the address, and the way to change it. A change is an entry of the browser's history (Back undoes it) and
 * asks only for data: the page itself is not fetched again.
 */
export function useView(pathOf: (params: Record<string, string>) => string) {
  const search = useSearchParams();
  const [seen, setSeen] = useState(search);
  const [view, setView] = useState(() => readView(Object.fromEntries(search)));
  // The address is the truth, but it follows a click only after a moment; a checkbox must not wait for it.
  if (seen !== search) {
    setSeen(search);
    setView(readView(Object.fromEntries(search)));
  }
  const change = useCallback(
    (part: Partial<CostView>) => {
      const next = { ...view, ...part };
      setView(next);
      window.history.pushState(null, "", pathOf(viewParams(next)));
    },
    [view, pathOf],
  );
  return [view, change] as const;
}
