import { scaleNanoUsd } from "../money/nano-usd.ts";
import type { LedgerCell } from "./ledger-cells.ts";

/** Why bill and ledger differ, in the order in which a difference is taken apart. */
export const CAUSES = ["zone", "price", "unpriced", "batch", "estimated", "past", "rounding", "unexplained"] as const;

export type Cause = (typeof CAUSES)[number];

/** Parts of a difference in nano-dollars; they add up to it exactly. */
export type CauseAmounts = Record<Cause, bigint>;

export const noCauses = (): CauseAmounts => ({
  zone: 0n,
  price: 0n,
  unpriced: 0n,
  batch: 0n,
  estimated: 0n,
  past: 0n,
  rounding: 0n,
  unexplained: 0n,
});

/** What the bill says of one cell. */
interface BilledCell {
  /** Null: no usage report covers the day. */
  count: bigint | null;
  /** Null: no cost report covers the day. */
  amountNanoUsd: bigint | null;
  slackNanoUsd: bigint;
}

interface CellInput {
  billed: BilledCell;
  /** What the ledger holds of the day (UTC). */
  ledger: LedgerCell;
  /** The same of the day as the report cuts it. */
  moved: LedgerCell;
  isBatch: boolean;
  /** Whether bill and ledger count the same prompts there, so that no request went past CCO. */
  arePromptsSame: boolean;
}

interface Price {
  numerator: bigint;
  denominator: bigint;
}

/**
 * Takes the difference of one cell apart. Null: it is not known in money, since the bill has no amount and the ledger no
 * price. Each part is rounded once; what rounding leaves is in `rounding`, so that the parts add up.
 */
export function explainCell(input: CellInput): { amountNanoUsd: bigint; causes: CauseAmounts } | null {
  const { billed, ledger, moved } = input;
  const own = findOwnPrice(moved);
  if (billed.amountNanoUsd === null) {
    if (billed.count === null || (own === null && billed.count > 0n)) return null;
    // Without a cost report tokens are compared, at the prices of the ledger.
    const price = own ?? { numerator: 0n, denominator: 1n };
    const amount = toAmount(billed.count, price);
    return { amountNanoUsd: amount, causes: byTokens(input, amount, billed.count, price) };
  }
  const amount = billed.amountNanoUsd;
  if (billed.count !== null) {
    const price = findBilledPrice(billed.count, amount, billed.slackNanoUsd + moved.records, own);
    return { amountNanoUsd: amount, causes: byTokens(input, amount, billed.count, price) };
  }
  const causes = noCauses();
  causes.zone = moved.costNanoUsd - ledger.costNanoUsd;
  const rest = amount - moved.costNanoUsd;
  causes[findCauseOfAmount(input, rest)] += rest;
  return { amountNanoUsd: amount, causes };
}

/** Without tokens only three causes are certain. */
function findCauseOfAmount({ billed, moved, isBatch }: CellInput, rest: bigint): Cause {
  if (moved.count === 0n) return isBatch ? "batch" : "past";
  if (moved.unpriced === moved.count) return "unpriced";
  return magnitude(rest) <= billed.slackNanoUsd + moved.records ? "rounding" : "unexplained";
}

function byTokens(input: CellInput, amount: bigint, count: bigint, price: Price): CauseAmounts {
  const { billed, ledger, moved, isBatch, arePromptsSame } = input;
  const causes = noCauses();
  const priced = moved.count - moved.unpriced;
  const more = count - moved.count;
  causes.zone = moved.costNanoUsd - ledger.costNanoUsd;
  if (!isOwn(price, moved)) causes.price = priced === 0n ? 0n : toAmount(priced, price) - moved.costNanoUsd;
  causes.unpriced = toAmount(moved.unpriced, price);
  if (isBatch) causes.batch = toAmount(more, price);
  else {
    const estimated = boundEstimate(more, moved.estimated, arePromptsSame);
    causes.estimated = toAmount(estimated, price);
    causes[more > estimated ? "past" : "unexplained"] += toAmount(more - estimated, price);
  }
  const rest = amount - ledger.costNanoUsd - Object.values(causes).reduce((sum, part) => sum + part, 0n);
  // Each part above was rounded once: a nano-dollar each. Anything beyond that and the report's own rounding is no rounding.
  const isRounding = magnitude(rest) <= billed.slackNanoUsd + moved.records + ROUNDED_PARTS;
  causes[isRounding ? "rounding" : "unexplained"] += rest;
  return causes;
}

const ROUNDED_PARTS = 6n;

/**
 * How many of the tokens that differ belong to estimated endings. An answer cannot have had fewer than none. It may have
 * had any number more, unless other prompts are billed too: then as many more as were estimated.
 */
function boundEstimate(more: bigint, estimated: bigint, arePromptsSame: boolean): bigint {
  if (estimated === 0n) return 0n;
  if (more < 0n) return more < -estimated ? -estimated : more;
  return arePromptsSame || more < estimated ? more : estimated;
}

function findOwnPrice({ count, unpriced, costNanoUsd }: LedgerCell): Price | null {
  const priced = count - unpriced;
  return priced === 0n ? null : { numerator: costNanoUsd, denominator: priced };
}

const isOwn = (price: Price, cell: LedgerCell): boolean => {
  const own = findOwnPrice(cell);
  return own !== null && own.numerator * price.denominator === price.numerator * own.denominator;
};

/**
 * The price of a token that the bill was made with. The ledger's own, where the amount is that within its rounding.
 * Else the plainest decimal number of nano-dollars that gives the amount, since prices are plain numbers.
 */
function findBilledPrice(count: bigint, amount: bigint, slack: bigint, own: Price | null): Price {
  if (count === 0n) return own ?? { numerator: 0n, denominator: 1n };
  if (own !== null && magnitude(amount * own.denominator - count * own.numerator) <= slack * own.denominator)
    return own;
  for (const { numerator: unit, denominator: scale } of PRICE_UNITS) {
    const price = { numerator: (scaleNanoUsd(amount, scale, count * unit) as bigint) * unit, denominator: scale };
    if (magnitude(price.numerator * count - amount * scale) <= slack * scale) return price;
  }
  return { numerator: amount, denominator: count };
}

/** Units of a price, the plainest first. A discount on a plain price may need a millionth of a nano-dollar. */
const PRICE_UNITS: readonly Price[] = Array.from({ length: 10 }, (_, at) =>
  at < 4
    ? { numerator: 10n ** BigInt(3 - at), denominator: 1n }
    : { numerator: 1n, denominator: 10n ** BigInt(at - 3) },
);

const toAmount = (count: bigint, { numerator, denominator }: Price): bigint =>
  scaleNanoUsd(count, numerator, denominator);

const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
