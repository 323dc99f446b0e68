import type { Cause } from "./explain-cell.ts";

/** What each cause of a difference means. Short because it is the words alone, for every surface. */
export const causeNames: Readonly<Record<Cause, string>> = {
  zone: "the report cuts its days in another zone than UTC",
  price: "the provider bills another price than CCO recorded",
  unpriced: "CCO knows no price for it",
  batch: "batches whose results did not pass CCO",
  estimated: "answers that broke off: CCO estimated their end",
  past: "traffic that went past CCO",
  rounding: "the report rounds its amounts",
  unexplained: "no known cause",
};
