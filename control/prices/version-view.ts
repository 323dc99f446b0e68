import type { PriceVersionRow } from "#store/price-versions.ts";

/** A version of the own prices as console and API show it. */
export interface PriceVersionView {
  number: number;
  comment: string;
  source: string;
  actorName: string;
  /** Access token it was saved with; null without one. */
  tokenName: string | null;
  basedOn: number | null;
  /** Set for a roll back: the version whose content it repeats. */
  rolledBackTo: number | null;
  savedAt: string;
}

export const priceVersionView = (row: PriceVersionRow): PriceVersionView => ({
  number: row.number,
  comment: row.comment,
  source: row.source,
  actorName: row.actorName,
  tokenName: row.tokenName,
  basedOn: row.basedOn,
  rolledBackTo: row.rolledBackTo,
  savedAt: row.savedAt.toISOString(),
});
