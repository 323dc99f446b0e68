import { formatCount, formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";

/** One line of what an alert is judged by: numbers and names only. */
export interface AlertEvidence {
  label: string;
  text: string;
  /** Where the text is a part of a whole: 0 to 1, for a bar. */
  share?: number;
}

/** "18 of 611 requests". */
export const buildShare = (label: string, part: number, whole: number, noun: string): AlertEvidence => ({
  label,
  text: `${formatCount(part)} of ${formatCounted(whole, noun)}`,
  ...(whole === 0 ? {} : { share: part / whole }),
});

/** "$3,450.40 of $4,600.00"; the share is exact to a ten-thousandth. */
export const shareOfMoney = (label: string, part: bigint, whole: bigint): AlertEvidence => ({
  label,
  text: `${formatMoney(part)} of ${formatMoney(whole)}`,
  ...(whole === 0n ? {} : { share: Number((part * 10_000n) / whole) / 10_000 }),
});
