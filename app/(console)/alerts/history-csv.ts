import { type CsvColumn, csvLines } from "#core/report/csv.ts";
import type { FiringView } from "./queries.ts";
import { deliveryLines, lastedMs } from "./words.ts";

const columns: readonly CsvColumn<FiringView>[] = [
  { header: "fired_at", kind: "text", value: ({ firedAt }) => firedAt },
  { header: "ended_at", kind: "text", value: ({ endedAt }) => endedAt },
  { header: "alert", kind: "text", value: ({ name }) => name },
  { header: "title", kind: "text", value: ({ title }) => title },
  { header: "value", kind: "text", value: ({ value }) => value },
  { header: "duration_s", kind: "number", value: (firing) => wholeSeconds(lastedMs(firing)) },
  {
    header: "delivered",
    kind: "text",
    value: (firing) =>
      deliveryLines(firing)
        .map(({ text }) => text)
        .join("; "),
  },
  { header: "acknowledged_by", kind: "text", value: ({ acknowledgedBy }) => acknowledgedBy },
  { header: "ended_by", kind: "text", value: ({ endedBy }) => endedBy },
];

const wholeSeconds = (ms: number | null): number | null => (ms === null ? null : Math.round(ms / 1_000));

/** The history as CSV, safe to open in a spreadsheet. What is not known yet is an empty cell. */
export const historyCsv = (history: readonly FiringView[]): string => [...csvLines(columns, history)].join("");

/** Saves a text as a file of the reader's. */
export function saveFile(name: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  // The browser has taken the file by the time the click has been handled.
  setTimeout(() => URL.revokeObjectURL(address), 0);
}
