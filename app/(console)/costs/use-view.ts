"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useMemo } from "react";
import { type CostView, readView, viewParams } from "./url.ts";

/**
 * The view in the address, and the way to change it. A change is an entry of the browser's history (Back undoes it) and
 * asks only for data: the page itself is not fetched again.
 */
export function useView(pathOf: (params: Record<string, string>) => string) {
  const search = useSearchParams();
  const view = useMemo(() => readView(Object.fromEntries(search)), [search]);
  const change = useCallback(
    (part: Partial<CostView>) => {
      window.history.pushState(null, "", pathOf(viewParams({ ...view, ...part })));
    },
    [view, pathOf],
  );
  return [view, change] as const;
}
