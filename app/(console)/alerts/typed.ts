import type { AlertUnit } from "#core/alerts/alert-kind.ts";
import { formatCounted } from "#core/report/plural.ts";

const spanUnits = [
  { word: "w", seconds: 604_800, names: /^(w|weeks?)$/ },
  { word: "d", seconds: 86_400, names: /^(d|days?)$/ },
  { word: "h", seconds: 3_600, names: /^(h|hrs?|hours?)$/ },
  { word: "min", seconds: 60, names: /^(m|mins?|minutes?)$/ },
  { word: "s", seconds: 1, names: /^(s|secs?|seconds?)$/ },
] as const;

/** Formats a length of time as it is typed, exactly: "30 s", "1 h 30 min", "2 d". Weeks are written as days. */
export function formatSpan(seconds: number): string {
  let left = Math.round(seconds);
  const parts: string[] = [];
  for (const unit of spanUnits.slice(1)) {
    const count = Math.floor(left / unit.seconds);
    left -= count * unit.seconds;
    if (count > 0) parts.push(`${count} ${unit.word}`);
  }
  return parts.join(" ") || "0 s";
}

/** Parses "30 s", "10min", "1.5 h", "1 h 30 min", "2 days" to whole seconds; null for all else. Zero needs no unit. */
export function parseSpan(typed: string): number | null {
  const text = typed.trim().toLowerCase();
  if (text === "0") return 0;
  if (!/^(\d+(\.\d+)?\s*[a-z]+[\s,]*)+$/.test(text)) return null;
  let seconds = 0;
  for (const [, count = "", name = ""] of text.matchAll(/(\d+(?:\.\d+)?)\s*([a-z]+)/g)) {
    const unit = spanUnits.find(({ names }) => names.test(name));
    if (unit === undefined) return null;
    seconds += Number(count) * unit.seconds;
  }
  return Number.isSafeInteger(Math.round(seconds)) ? Math.round(seconds) : null;
}

const countWords = { requests: "request", "look-ups": "look-up", weeks: "week", days: "day" } as const;

/** Formats a number of an alert with its unit, as it is typed: "75%", "3×", "200 requests", "1 min". */
export function formatAmount(value: number, unit: AlertUnit): string {
  if (unit === "seconds") return formatSpan(value);
  if (unit === "percent") return `${value}%`;
  if (unit === "times") return `${value}×`;
  return formatCounted(value, countWords[unit]);
}

/** Parses what `formatAmount` formats, and the number without its unit; null for all else. Seconds need a unit. */
export function parseAmount(typed: string, unit: AlertUnit): number | null {
  if (unit === "seconds") return parseSpan(typed);
  const found = /^(\d[\d,]*(?:\.\d+)?)\s*(%|×|[a-z-]*)$/.exec(typed.trim().toLowerCase());
  if (found === null || !unitWords[unit].test(found[2] ?? "")) return null;
  return Number((found[1] ?? "").replaceAll(",", ""));
}

const unitWords: Record<Exclude<AlertUnit, "seconds">, RegExp> = {
  percent: /^(|%|percent)$/,
  times: /^(|×|x|times)$/,
  requests: /^(|requests?)$/,
  "look-ups": /^(|look-?ups?)$/,
  weeks: /^(|w|weeks?)$/,
  days: /^(|d|days?)$/,
};
