import { computeShare } from "#core/report/format.ts";

/** Look-ups in the response cache by result, at every endpoint. A bypassed request is in neither. */
interface LookUps {
  hits: bigint | number;
  misses: bigint | number;
}

/** Computes hits per look-up, 0-1 to five decimals; null without a look-up, which is not 0 %. The only definition. */
export const computeHitRate = ({ hits, misses }: LookUps): number | null =>
  computeShare(BigInt(hits), BigInt(hits) + BigInt(misses));
