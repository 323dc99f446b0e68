import { NANO_PER_USD } from "#core/money/nano-usd.ts";

/**
 * Formats nano-dollars per million tokens as dollars, exactly, with two decimals at least: "3.00", "0.0925". Short
 * because the audit log and the page must read alike.
 */
export function formatRate(nanoUsdPerMillion: bigint): string {
  const fraction = (nanoUsdPerMillion % NANO_PER_USD).toString().padStart(9, "0").replace(/0+$/, "");
  return `${nanoUsdPerMillion / NANO_PER_USD}.${fraction.padEnd(2, "0")}`;
}

/** Formats thousandths without trailing zeros: 12500n is "12.5". */
export function formatThousandths(thousandths: bigint): string {
  const fraction = (thousandths % 1000n).toString().padStart(3, "0").replace(/0+$/, "");
  return fraction === "" ? `${thousandths / 1000n}` : `${thousandths / 1000n}.${fraction}`;
}
