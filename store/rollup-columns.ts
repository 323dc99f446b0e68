import {
  type RollupDims,
  type RollupMeasures,
  rollupDimNames,
  type SummedMeasure,
  summedMeasures,
} from "#core/costs/rollup.ts";

/** `cacheWrite5mTokens` -> `cache_write_5m_tokens`: the column names of the rollup tables follow from the field names. */
export const toColumn = (name: string): string =>
  name.replace(/([a-z])(\d)/g, "$1_$2").replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

export type RollupDim = keyof RollupDims;

export const dimColumns: readonly string[] = rollupDimNames.map(toColumn);
export const sumColumns: readonly string[] = summedMeasures.map(toColumn);

export const dimColumn = (name: RollupDim): string => toColumn(name);
export const sumColumn = (name: SummedMeasure): string => toColumn(name);

export const dimValues = (dims: RollupDims): (string | number)[] => rollupDimNames.map((name) => dims[name]);
export const sumValues = (measures: RollupMeasures): bigint[] => summedMeasures.map((name) => measures[name]);
