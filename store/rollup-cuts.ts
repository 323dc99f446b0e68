import type { RollupDim } from "./rollup-columns.ts";

/**
 * Narrow sums of a closed day, one for each kind of question: the same requests by fewer dimensions. A number is what rows
 * of `rollup_cut` hold; it never stands for other dimensions.
 */
export interface RollupCut {
  number: number;
  name: string;
  dims: readonly RollupDim[];
}

/** Dimensions of every cut. Without them no row says what its money is, and whether a page counts it. */
const ALWAYS: readonly RollupDim[] = ["endpoint", "billingMode", "decision"];

const defineCut = (number: number, name: string, dims: readonly RollupDim[]): RollupCut => ({
  number,
  name,
  dims: [...ALWAYS, ...dims],
});

/** The number that days are built with. It grows with each release that changes the list below. */
export const CUTS_VERSION = 1;

/** In the order of their sizes: the first that has every dimension of a question answers it. */
export const ROLLUP_CUTS: readonly RollupCut[] = [
  defineCut(1, "total", []),
  defineCut(2, "team", ["team"]),
  defineCut(3, "model", ["requestedModel", "servedModel"]),
  defineCut(4, "project", ["project"]),
  defineCut(5, "rule", ["requestedModel", "servedModel", "ruleId", "ruleVersion"]),
  defineCut(6, "team and model", ["team", "requestedModel", "servedModel"]),
  defineCut(7, "person", ["personId"]),
  defineCut(8, "key", ["proxyKeyId"]),
  defineCut(9, "project and model", ["project", "requestedModel", "servedModel"]),
];

/** The smallest cut with all these dimensions; null where only the rows of `rollup_day` have them. */
export const findCut = (dims: readonly RollupDim[]): RollupCut | null =>
  ROLLUP_CUTS.find((cut) => dims.every((dim) => cut.dims.includes(dim))) ?? null;
