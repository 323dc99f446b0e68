import { paths } from "#app/paths.ts";
import type { RangeView } from "#core/costs/chart-series.ts";
import { slotRangeText } from "#core/costs/slots.ts";
import { type CostView, scopeParams } from "./url.ts";

interface Points {
  points: readonly { key: string }[];
  range: RangeView;
}

/** The days behind a bar, as a range is written. */
export function rangeOfPoint({ points, range }: Points, index: number): string {
  const point = points[index];
  return point === undefined ? range.text : slotRangeText(point.key, range);
}

/** Address of the requests behind a bar of Overview or Costs, with the filters of the view. */
export function requestsOfPoint(view: CostView, series: Points, index: number): string {
  const { cmp: _cmp, ...scope } = scopeParams(view);
  return paths.activity({ ...scope, range: rangeOfPoint(series, index) });
}
