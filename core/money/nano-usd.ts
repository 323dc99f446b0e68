/**
 * Integer number of billionths of a US dollar. $1 per million tokens is exactly 1,000 nano-dollars per token, so
 * every list price is a whole number and no sum is ever rounded. Text appears at the last edge only.
 */
export type NanoUsd = bigint & { readonly unit: "nano-usd" };

export const NANO_PER_USD = 1_000_000_000n;

export const nanoUsd = (value: bigint | number): NanoUsd => BigInt(value) as NanoUsd;

/** Computes `value * numerator / denominator`, rounded half away from zero: the only rounding of money. */
export function scaleNanoUsd(value: bigint, numerator: bigint, denominator: bigint): NanoUsd {
  const product = value * numerator;
  const magnitude = product < 0n ? -product : product;
  const rounded = (magnitude * 2n + denominator) / (denominator * 2n);
  return (product < 0n ? -rounded : rounded) as NanoUsd;
}

/** Converts to the nearest number of dollars, for charts and metrics. Never add these up. */
export const toDollarNumber = (value: bigint | number): number => Number(value) / Number(NANO_PER_USD);

/** Formats plain dollars with exactly nine decimals, for files ("0.007144000"). Lossless. */
export function toDollars(value: bigint): string {
  const sign = value < 0n ? "-" : "";
  const magnitude = value < 0n ? -value : value;
  return `${sign}${magnitude / NANO_PER_USD}.${(magnitude % NANO_PER_USD).toString().padStart(9, "0")}`;
}

/** Formats dollars with `decimals` digits, rounded half away from zero from the exact amount ("18.50"). */
export function toFixedDollars(value: bigint, decimals: number): string {
  const unit = 10n ** BigInt(9 - decimals);
  const rounded = scaleNanoUsd(value, 1n, unit) as bigint;
  const sign = rounded < 0n ? "-" : "";
  const magnitude = rounded < 0n ? -rounded : rounded;
  if (decimals === 0) return `${sign}${magnitude}`;
  const base = 10n ** BigInt(decimals);
  return `${sign}${magnitude / base}.${(magnitude % base).toString().padStart(decimals, "0")}`;
}
