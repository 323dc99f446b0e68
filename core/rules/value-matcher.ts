import { isGlob, matchesGlob } from "./glob.ts";

/**
 * Matcher for a list of names, one of which a request's project, person or team must have. Patterns with `*` and `?`
 * are allowed.
 */
export interface ValueMatcher {
  readonly exact: ReadonlySet<string>;
  readonly globs: readonly string[];
  readonly foldsCase: boolean;
}

/**
 * Builds a matcher; null for an empty list, which imposes nothing. E-mail addresses are compared without letter case.
 */
export function valueMatcher(values: readonly string[], foldsCase: boolean): ValueMatcher | null {
  if (values.length === 0) return null;
  const read = foldsCase ? values.map((value) => value.toLowerCase()) : values;
  return { exact: new Set(read.filter((value) => !isGlob(value))), globs: read.filter(isGlob), foldsCase };
}

export function matchesValue(matcher: ValueMatcher, value: string | null): boolean {
  if (value === null) return false;
  const read = matcher.foldsCase ? value.toLowerCase() : value;
  return matcher.exact.has(read) || matcher.globs.some((glob) => matchesGlob(glob, read));
}
