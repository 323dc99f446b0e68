/** A path of this console out of untrusted text; anything else (another site, `//host`, a backslash) leads to the front page. */
export function localPath(text: string | null | undefined): string {
  if (!text?.startsWith("/") || text.startsWith("//") || text.includes("\\")) return "/";
  const here = "http://console.invalid";
  const url = URL.canParse(text, here) ? new URL(text, here) : null;
  if (url?.origin !== here || url.pathname.startsWith("/api/") || url.pathname.startsWith("/sign-in")) return "/";
  return `${url.pathname}${url.search}${url.hash}`;
}
