/** A price per token class as typed: dollars per million tokens. */
interface TypedPrices {
  input: string;
  output: string;
  cacheWrite5m: string;
  cacheWrite1h: string;
  cacheRead: string;
}

/** One term to add to a text of own prices. Amounts are as typed: whether they are right is for its reader to say. */
export type NewTerm =
  | { kind: "price"; model: string; from: string; until: string; speed: "standard" | "fast"; prices: TypedPrices }
  | { kind: "discount"; model: string; from: string; until: string; percent: string }
  | { kind: "multiplier"; from: string; until: string; factor: string };

/** Adds a term at the end of a text of own prices; what is there stays, letter by letter. */
export function addTerm(text: string, term: NewTerm): string {
  const before = text.trimEnd();
  return `${before}${before === "" ? "" : "\n\n"}${formatTerm(term)}\n`;
}

function formatTerm(term: NewTerm): string {
  const { kind, from, until } = term;
  const days: Line[] = [
    ["from", from],
    ["until", until],
  ];
  if (kind === "multiplier") return formatTable(kind, [...days, ["factor", term.factor]]);
  if (kind === "discount") return formatTable(kind, [["model", term.model], ...days, ["percent", term.percent]]);
  const { prices } = term;
  return formatTable(kind, [
    ["model", term.model],
    ...days,
    ["speed", term.speed === "fast" ? "fast" : ""],
    ["input", prices.input],
    ["output", prices.output],
    ["cache_write_5m", prices.cacheWrite5m],
    ["cache_write_1h", prices.cacheWrite1h],
    ["cache_read", prices.cacheRead],
  ]);
}

type Line = readonly [key: string, value: string];

/** Formats a table without the keys that have no value. Text of JSON is text of TOML, too. */
const formatTable = (kind: string, lines: readonly Line[]): string =>
  [
    `[[${kind}]]`,
    ...lines.flatMap(([key, value]) => (value.trim() === "" ? [] : [`${key} = ${JSON.stringify(value.trim())}`])),
  ].join("\n");

/** Removes the table whose header is at this line, counted from one. Comments above the next table stay with it. */
export function removeTable(text: string, line: number): string {
  const lines = text.split("\n");
  let end = lines.findIndex((other, index) => index >= line && other.trimStart().startsWith("["));
  if (end === -1) end = lines.length;
  while (end > line && /^\s*(?:#.*)?$/.test(lines[end - 1] ?? "")) end -= 1;
  const kept = [...lines.slice(0, line - 1), ...lines.slice(end)].join("\n");
  return `${kept.replace(/\n{3,}/g, "\n\n").trim()}\n`;
}
