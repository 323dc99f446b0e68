"use client";

import { useSearchParams } from "next/navigation";
import { useCallback, useState } from "react";

/**
 * The view in the address, and the way to change it. A change asks only for data: the page itself is not fetched again.
 * With `push` it is an entry of the browser's history, so that Back undoes it; with `replace` it takes the place of the
 * current one. `read` and `buildAddress` must be stable.
 */
export function useAddressView<View>(
  read: (params: Record<string, string>) => View,
  buildAddress: (view: View) => string,
  entry: "push" | "replace" = "push",
) {
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
      window.history[entry === "push" ? "pushState" : "replaceState"](null, "", buildAddress(next));
    },
    [view, buildAddress, entry],
  );
  return [view, change] as const;
}
