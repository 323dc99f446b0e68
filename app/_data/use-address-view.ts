"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useState } from "react";

/**
 * The view in the address, and the way to change it. A change is an entry of the browser's history (Back undoes it) and
 * asks only for data: the page itself is not fetched again. `read` and `pathOf` must be stable.
 */
export function useAddressView<View>(read: (params: Record<string, string>) => View, pathOf: (view: View) => string) {
  const search = useSearchParams();
  const [seen, setSeen] = useState(search);
  const [view, setView] = useState(() => read(Object.fromEntries(search)));
  // The address follows a click after a moment; a checkbox must change immediately.
  if (seen !== search) {
    setSeen(search);
    setView(read(Object.fromEntries(search)));
  }
  const change = useCallback(
    (part: Partial<View>) => {
      const next = { ...view, ...part };
      setView(next);
      window.history.pushState(null, "", pathOf(next));
    },
    [view, pathOf],
  );
  return [view, change] as const;
}
