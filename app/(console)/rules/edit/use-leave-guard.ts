import { useEffect, useState } from "react";

/**
 * Asks before a click on a link leads away from changes that are not published. The text itself is safe as a draft; what
 * would be lost is the thought that it still waits. Returns where the person wanted to go, and the way to settle it.
 */
export function useLeaveGuard(isGuarded: boolean, isUnsaved: boolean) {
  const [wanted, setWanted] = useState<string | null>(null);
  useEffect(() => {
    if (!isGuarded) return;
    const stop = (event: MouseEvent) => {
      const address = leadsAway(event);
      if (address === null) return;
      event.preventDefault();
      event.stopPropagation();
      setWanted(address);
    };
    // Captures the click before the router.
    window.addEventListener("click", stop, true);
    return () => window.removeEventListener("click", stop, true);
  }, [isGuarded]);
  useEffect(() => {
    if (!isUnsaved) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, [isUnsaved]);
  return { wanted, stay: () => setWanted(null) };
}

/** Address of a plain click on a link to another page of the console; null for other clicks. */
function leadsAway(event: MouseEvent): string | null {
  const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
  const link = event.target instanceof Element ? event.target.closest("a[href]") : null;
  if (!isPlain || !(link instanceof HTMLAnchorElement) || link.target === "_blank") return null;
  const { origin, pathname, search } = new URL(link.href, location.href);
  if (origin !== location.origin || pathname === location.pathname) return null;
  return `${pathname}${search}`;
}
