import { formatCount } from "./format.ts";

const rules = new Intl.PluralRules("en");

/** The word that goes with a count: `pluralOf(1, "request")` is "request"; `many` where an s is not enough. */
export const pluralOf = (count: bigint | number, one: string, many = `${one}s`): string =>
  rules.select(Number(count)) === "one" ? one : many;

/** "1 request", "12,480 requests": a whole number in full, with its word. */
export const formatCounted = (count: bigint | number, one: string, many?: string): string =>
  `${formatCount(count)} ${pluralOf(count, one, many)}`;
