import { parseRange } from "#core/time/range.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";
import { dayRows } from "./rows.ts";

/** Counts all requests of the last 30 days of the reporting zone by requested model, from the daily rollup. */
export async function requestsByModel(deps: ControlDeps): Promise<Map<string, number>> {
  const range = parseRange("30d", await reportingZone(deps), deps.now().getTime());
  return sumByModel(await dayRows({ range, filter: {} }, ["requestedModel"], deps));
}

/** Sums requests of rollup rows by requested model, without rows that name none. */
export function sumByModel(rows: readonly { requestedModel: string; requests: bigint }[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const { requestedModel, requests } of rows)
    if (requestedModel) sums.set(requestedModel, (sums.get(requestedModel) ?? 0) + Number(requests));
  return sums;
}
