import type { ParsedReport } from "./bill-record.ts";
import { parseCsvReport } from "./parse-csv-report.ts";
import { parseJsonReport } from "./parse-json-report.ts";

/** The largest report that is read: some three years of a large organisation. */
export const REPORT_CHARACTERS_MAX = 16 * 1024 * 1024;

/**
 * Reads a usage report or a cost report of the provider. It is JSON of its API (one page, a list of pages, or one a
 * line), or a CSV of its console. Fields that are not known are left out; what is missing, of another shape, double or
 * of another zone is refused with its place, and nothing of the report is used.
 */
export function parseReport(text: string): ParsedReport {
  const plain = text.replace(/^\ufeff/, "");
  const start = plain.trimStart().slice(0, 1);
  if (start === "") return { ok: false, problems: [{ place: "line 1", message: "the report is empty" }] };
  if (plain.length > REPORT_CHARACTERS_MAX)
    return { ok: false, problems: [{ place: "line 1", message: "the report is larger than 16 MB: give it in parts" }] };
  return start === "{" || start === "[" ? parseJsonReport(plain) : parseCsvReport(plain);
}
