import { parse, TomlError } from "smol-toml";
import type { OwnPeriod, TermDays } from "#core/costs/catalogue.ts";
import { type OwnPrices, priceKey } from "#core/costs/own-prices.ts";
import { isDay } from "#core/time/instant.ts";
import { type PricesFile, type PriceTable, pricesFile, TOKEN_CLASSES, type TokenTable } from "./prices-schema.ts";
import type { ShapeProblem } from "./shape.ts";
import { parseThousandths, toTokenPrices } from "./token-prices.ts";
import { lineOfPath, type TomlPath } from "./toml-line.ts";

/** What is wrong with a text of prices, at a line and a field of it. */
export interface PriceProblem {
  /** 1-based. */
  line: number;
  /** Path in the file: `price[2].input`. Positions are counted from one. */
  field: string;
  message: string;
}

type ParsedPrices = { ok: true; prices: OwnPrices } | { ok: false; problems: readonly PriceProblem[] };

/** Highest price of a token class. No model costs nearly as much: above is a slip of the decimal point. */
const PRICE_MAX = 10_000_000n;
/** Factor on the whole bill, in thousandths. */
const FACTOR_MAX = 10_000n;
/** Percent, in thousandths. */
const PERCENT_MAX = 100_000n;
/** Tables of one text: as many are looked through at each change. */
const TABLES_MAX = 2_000;
/** Largest text of prices. */
export const PRICES_CHARACTERS_MAX = 250_000;

/** Parses the text of `prices.toml`: the prices, or every problem with its line and field. */
export function parsePricesToml(text: string): ParsedPrices {
  if (text.length > PRICES_CHARACTERS_MAX) {
    return refuse([{ line: 1, field: "", message: "The file is larger than 250,000 characters." }]);
  }
  let document: unknown;
  try {
    document = parse(text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    const [reason] = error.message.split("\n");
    return refuse([{ line: error.line, field: "", message: `${reason}. Look at column ${error.column}.` }]);
  }
  const shape: ShapeProblem[] = [];
  const file = pricesFile.read(document, [], shape);
  if (shape.length > 0) {
    // A misspelt key comes first: a missing one is only its consequence.
    const misspelt = shape.filter(({ kind }) => kind === "unknown-key");
    return refuse((misspelt.length > 0 ? misspelt : shape).map((problem) => describeShape(problem, text)));
  }
  const found = findProblems(file);
  if (found.length > 0) {
    return refuse(found.map(({ at, message }) => ({ line: lineOfPath(text, at), field: formatField(at), message })));
  }
  return { ok: true, prices: toOwnPrices(file) };
}

/** Formats a problem as `file:line: field message`. */
export const formatPriceProblem = (file: string, { line, field, message }: PriceProblem): string =>
  `${file}:${line}: ${field === "" ? "" : `${field} `}${message}`;

const refuse = (problems: readonly PriceProblem[]): ParsedPrices => ({
  ok: false,
  problems: [...problems].sort((one, other) => one.line - other.line),
});

function describeShape({ path, message, kind }: ShapeProblem, text: string): PriceProblem {
  const words =
    kind === "unknown-key"
      ? "is not a key of this file. Check the spelling."
      : kind === "missing"
        ? `is missing: it ${message}`
        : message;
  return { line: lineOfPath(text, path), field: formatField(path), message: words };
}

const formatField = (path: TomlPath): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step + 1}]` : `.${String(step)}`))
    .join("")
    .replace(/^\./, "");

interface Found {
  at: TomlPath;
  message: string;
}

function findProblems(file: PricesFile): Found[] {
  const tables = file.price.length + file.discount.length + file.multiplier.length;
  if (tables > TABLES_MAX) return [{ at: [], message: `The file has more than ${TABLES_MAX} tables.` }];
  return [
    ...file.price.flatMap((price, index) => [
      ...wrongDays(price, ["price", index]),
      ...wrongAmounts(price, ["price", index]),
      ...wrongTiers(price, ["price", index]),
    ]),
    ...file.discount.flatMap((discount, index) => [
      ...wrongDays(discount, ["discount", index]),
      ...outside(discount.percent, PERCENT_MAX, ["discount", index, "percent"], "A discount is 0 to 100 percent."),
    ]),
    ...file.multiplier.flatMap((multiplier, index) => [
      ...wrongDays(multiplier, ["multiplier", index]),
      ...wrongFactor(multiplier.factor, ["multiplier", index, "factor"]),
    ]),
    ...overlaps(file.price, "price", ({ model, speed }) => `${priceKey(model)} ${speed ?? "standard"}`),
    ...overlaps(file.discount, "discount", ({ model }) => priceKey(model)),
    ...overlaps(file.multiplier, "multiplier", () => ""),
  ];
}

function wrongDays({ from, until }: { from: string; until?: string | undefined }, at: TomlPath): Found[] {
  const found: Found[] = [];
  if (!isDay(from)) found.push({ at: [...at, "from"], message: "is no day of the calendar." });
  if (until === undefined) return found;
  if (!isDay(until)) found.push({ at: [...at, "until"], message: "is no day of the calendar." });
  else if (until <= from) found.push({ at: [...at, "until"], message: `must be a day after ${from}, the first one.` });
  return found;
}

const wrongAmounts = (amounts: TokenTable, at: TomlPath): Found[] =>
  TOKEN_CLASSES.flatMap((name) =>
    outside(amounts[name], PRICE_MAX, [...at, name], "Prices are dollars per million tokens, 10,000 at most."),
  );

function wrongTiers({ tiers }: PriceTable, at: TomlPath): Found[] {
  const seen = new Set<number>();
  return tiers.flatMap((tier, index) => {
    const path = [...at, "tiers", index];
    const isTwice = seen.has(tier.prompt_tokens_over);
    seen.add(tier.prompt_tokens_over);
    const twice = { at: [...path, "prompt_tokens_over"], message: "is the threshold of another tier of this price." };
    return [...wrongAmounts(tier, path), ...(isTwice ? [twice] : [])];
  });
}

/** An amount that is negative, or larger than it can be meant. */
function outside(text: string, max: bigint, at: TomlPath, bounds: string): Found[] {
  const amount = parseThousandths(text);
  if (amount < 0n) return [{ at, message: `is negative. ${bounds}` }];
  return amount > max ? [{ at, message: `is too large. ${bounds}` }] : [];
}

function wrongFactor(text: string, at: TomlPath): Found[] {
  const bounds = "A multiplier is above 0, and 10 at most: 0.9 is ten percent off everything.";
  return parseThousandths(text) === 0n
    ? [{ at, message: `is zero. ${bounds}` }]
    : outside(text, FACTOR_MAX, at, bounds);
}

/** Two terms of one kind for the same day. A term without `until` ends where the next one begins. */
function overlaps<Term extends { from: string; until?: string | undefined }>(
  terms: readonly Term[],
  kind: string,
  toKey: (term: Term) => string,
): Found[] {
  const before = new Map<string, { term: Term; index: number }>();
  const ordered = terms.map((term, index) => ({ term, index }));
  ordered.sort((one, other) =>
    one.term.from === other.term.from ? one.index - other.index : one.term.from < other.term.from ? -1 : 1,
  );
  return ordered.flatMap(({ term, index }): Found[] => {
    const key = toKey(term);
    const last = before.get(key);
    before.set(key, { term, index });
    if (last === undefined) return [];
    const isOver = last.term.until !== undefined && last.term.until <= term.from;
    const isOpen = last.term.until === undefined && last.term.from < term.from;
    if (isOver || isOpen) return [];
    return [
      { at: [kind, index, "from"], message: `overlaps with ${kind}[${last.index + 1}], which holds on ${term.from}.` },
    ];
  });
}

function toOwnPrices(file: PricesFile): OwnPrices {
  return {
    periods: file.price.map(({ model, speed, tiers, ...term }) => ({
      model,
      ...toDays(term),
      speed: speed ?? "standard",
      effectiveFrom: term.from,
      ...toTokenPrices(term),
      tiers: tiers
        .map((tier) => ({ promptTokensOver: tier.prompt_tokens_over, ...toTokenPrices(tier) }))
        .sort((one, other) => other.promptTokensOver - one.promptTokensOver),
    })) satisfies (OwnPeriod & { model: string })[],
    // A percentage has three decimals, so what is left of the whole is a number of hundred-thousandths.
    shares: file.discount.map(({ model, percent, ...term }) => ({
      model,
      ...toDays(term),
      paid: PERCENT_MAX - parseThousandths(percent),
    })),
    factors: file.multiplier.map(({ factor, ...term }) => ({ ...toDays(term), milli: parseThousandths(factor) })),
  };
}

const toDays = ({ from, until }: { from: string; until?: string | undefined }): TermDays => ({
  from,
  until: until ?? null,
});
