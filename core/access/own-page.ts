/** What a browser says about the page that made it send a request; null where it says nothing. */
interface SaidOfPage {
  /** `Sec-Fetch-Site`. */
  site: string | null;
  /** `Origin`. */
  origin: string | null;
}

/**
 * Whether a request that changes something was caused by a page of one of these origins. A request that says nothing of
 * its page, or says anything else, was not.
 */
export function isFromOwnPage({ site, origin }: SaidOfPage, ownOrigins: readonly string[]): boolean {
  if (site !== null && site !== "same-origin") return false;
  if (origin !== null) return ownOrigins.some((own) => withoutRootDot(own) === withoutRootDot(origin));
  return site === "same-origin";
}

/** A browser keeps the dot of the root in the name of a page's host. */
const withoutRootDot = (origin: string): string => origin.replace(/\.(?=:\d+$|$)/, "");
