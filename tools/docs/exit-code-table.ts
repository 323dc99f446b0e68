import { listExitCodes } from "#core/exit-codes.ts";
import { withTable } from "./marked-table.ts";

const SOURCE = "core/exit-codes.ts";
const HEADER = ["code", "means"];

/** Puts every exit code into the guide to the command line. Short because it writes one part of each of two pages. */
export const withExitCodes = (guide: string): string =>
  withTable(guide, "exit codes", SOURCE, [HEADER, ...listExitCodes().map(({ code, text }) => [String(code), text])]);

/** Puts the exit codes of a start into the manual of operators. */
export function withStartCodes(manual: string): string {
  const rows = listExitCodes().flatMap(({ code, start }) => (start === null ? [] : [[String(code), start]]));
  return withTable(manual, "exit codes of a start", SOURCE, [HEADER, ...rows]);
}
