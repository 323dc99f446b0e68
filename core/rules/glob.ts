/** Maximum length of a pattern in a file, and of a model name a pattern is tried on. Both keep the worst case small. */
export const GLOB_LENGTH_MAX = 200;

export const isGlob = (text: string): boolean => text.includes("*") || text.includes("?");

/** Returns the part before the first wildcard, which an index can look up. */
export function globPrefix(pattern: string): string {
  const at = pattern.search(/[*?]/);
  return at === -1 ? pattern : pattern.slice(0, at);
}

/**
 * Whether the whole text matches the pattern: `*` is any run of characters, `?` exactly one, everything else itself.
 * Only the last `*` is ever retried, so that no pattern can take more than pattern × text steps.
 */
export function matchesGlob(pattern: string, text: string): boolean {
  if (text.length > GLOB_LENGTH_MAX || pattern.length > GLOB_LENGTH_MAX) return false;
  if (!endsAlike(pattern, text)) return false;
  let p = 0;
  let t = 0;
  let star = -1;
  let starText = 0;
  while (t < text.length) {
    const wanted = pattern[p];
    if (wanted === "*") {
      star = p++;
      starText = t;
    } else if (wanted !== undefined && (wanted === "?" || wanted === text[t])) {
      p++;
      t++;
    } else if (star !== -1) {
      p = star + 1;
      t = ++starText;
    } else {
      return false;
    }
  }
  while (pattern[p] === "*") p++;
  return p === pattern.length;
}

/** Whether the text ends with what follows the pattern's last wildcard: a letter or two rule out most patterns. */
function endsAlike(pattern: string, text: string): boolean {
  for (let back = 1; back <= pattern.length; back++) {
    const wanted = pattern[pattern.length - back];
    if (wanted === "*" || wanted === "?") return true;
    if (wanted !== text[text.length - back]) return false;
  }
  return pattern.length === text.length;
}
