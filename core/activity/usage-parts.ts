import type { Usage, UsagePart } from "#core/costs/usage.ts";

/**
 * Recorded bill of a request that not only the served model answered. It is JSON, one list for each part, names and
 * counts only. Without it the cost could not be made again from the tokens.
 */
const tokenNames = [
  "inputTokens",
  "cacheWrite5mTokens",
  "cacheWrite1hTokens",
  "cacheReadTokens",
  "outputTokens",
  "thinkingTokens",
  "webSearches",
] as const satisfies readonly (keyof Usage)[];

/** Null for an ordinary bill: everything by the served model. */
export const formatUsageParts = (parts: readonly UsagePart[]): string | null =>
  parts.length === 0
    ? null
    : JSON.stringify(parts.map(({ kind, model, usage }) => [kind, model, ...tokenNames.map((name) => usage[name])]));

/** The parts of a recorded bill. Empty for null, and for what is no such record. */
export function parseUsageParts(text: string | null): UsagePart[] {
  if (text === null) return [];
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? rows.flatMap(partOfRow) : [];
  } catch {
    return [];
  }
}

function partOfRow(row: unknown): UsagePart[] {
  if (!Array.isArray(row)) return [];
  const [kind, model, ...counts] = row;
  if (typeof kind !== "string" || typeof model !== "string" || counts.length !== tokenNames.length) return [];
  return [
    { kind, model, usage: Object.fromEntries(tokenNames.map((name, at) => [name, counts[at]])) as unknown as Usage },
  ];
}
