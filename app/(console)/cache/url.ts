import { isRangeText } from "#core/time/range.ts";

/** Which days the figures are of; lives in the address. */
export interface CacheView {
  range: string;
}

export const defaultView: CacheView = { range: "7d" };

type Params = Record<string, string | string[] | undefined>;

/** What makes no sense becomes the default: an old link still opens. */
export function readView(params: Params): CacheView {
  const range = [params.range].flat()[0] ?? "";
  return { range: isRangeText(range) ? range : defaultView.range };
}

export const viewParams = ({ range }: CacheView): Record<string, string> =>
  range === defaultView.range ? {} : { range };
