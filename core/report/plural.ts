import { formatCount } from "./format.ts";

const rules = new Intl.PluralRules("en");

/** Returns the word that fits a count: "request" for 1, "requests" for 2; `many` where an s is not enough. */
export const pluralize = (count: bigint | number, one: string, many = `${one}s`): string =>
  rules.select(Number(count)) === "one" ? one : many;

/** Formats a count in full with its word: "1 request", "12,480 requests". */
export const formatCounted = (count: bigint | number, one: string, many?: string): string =>
  `${formatCount(count)} ${pluralize(count, one, many)}`;
