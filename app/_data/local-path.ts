const PLACEHOLDER_ORIGIN = "http://console.invalid";

/**
 * A path of this console out of untrusted text; anything else leads to the front page. The text is resolved against an
 * origin and only path, search and hash are taken. What was taken is resolved once more, because a path may begin
 * with two slashes after its dots were removed (`/..//host/`), and a browser reads that as another site.
 */
export function localPath(text: string | null | undefined): string {
  if (!text?.startsWith("/") || text.includes("\\")) return "/";
  const path = pathOnly(text);
  if (path === null || pathOnly(path) !== path) return "/";
  return /^\/(api|sign-in)(?![^/?#])/.test(path) ? "/" : path;
}

/** Path, search and hash of an address on its origin; null for other addresses. */
function pathOnly(text: string): string | null {
  const url = URL.canParse(text, PLACEHOLDER_ORIGIN) ? new URL(text, PLACEHOLDER_ORIGIN) : null;
  return url?.origin === PLACEHOLDER_ORIGIN ? `${url.pathname}${url.search}${url.hash}` : null;
}
