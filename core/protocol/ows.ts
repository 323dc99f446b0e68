import { SPACE, TAB } from "../json-index/bytes.ts";

/**
 * Trims optional white space (RFC 9110, OWS) from both ends: spaces and tabs, nothing else. JavaScript's `trim` also
 * removes line ends, vertical tabs, form feeds and bytes such as 0xa0, which another parser keeps or refuses.
 */
export function trimOws(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && isOws(text.charCodeAt(start))) start++;
  while (end > start && isOws(text.charCodeAt(end - 1))) end--;
  return text.slice(start, end);
}

const isOws = (code: number): boolean => code === SPACE || code === TAB;
