import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { Overview } from "#core/costs/overview.ts";
import { REFRESH_MS } from "../costs/queries.ts";
import { type CostView, scopeParams } from "../costs/url.ts";

/** Query for the figures and words of Overview. */
export const overviewQuery = (view: CostView) => {
  const params = scopeParams(view);
  return queryOptions({
    queryKey: ["overview", params],
    queryFn: ({ signal }) => getJson<Overview>("/api/overview", params, signal),
    refetchInterval: REFRESH_MS,
  });
};
