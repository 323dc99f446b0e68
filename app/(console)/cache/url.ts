import { isRangeText } from "#core/time/range.ts";

/** Range of days, kept in the address. */
export interface CacheView {
  range: string;
}

const defaultView: CacheView = { range: "7d" };

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Invalid ones become the default, so that old links open. */
export function readView(params: Params): CacheView {
  const range = [params.range].flat()[0] ?? "";
  return { range: isRangeText(range) ? range : defaultView.range };
}

export const viewParams = ({ range }: CacheView): Record<string, string> =>
  range === defaultView.range ? {} : { range };
