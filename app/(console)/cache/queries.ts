import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { CacheOverview, PurgeChoices } from "#core/cache/cache-overview.ts";
import type { CacheView } from "./url.ts";

/** Poll interval; instances report their caches every two seconds. */
const REFRESH_MS = 2_000;

export const cacheQueries = {
  all: () => ["cache"] as const,
  overview: ({ range }: CacheView) =>
    queryOptions({
      queryKey: [...cacheQueries.all(), "overview", { range }],
      queryFn: ({ signal }) => getJson<CacheOverview>("/api/cache", { range }, signal),
      refetchInterval: REFRESH_MS,
    }),
  choices: () =>
    queryOptions({
      queryKey: [...cacheQueries.all(), "choices"],
      queryFn: ({ signal }) => getJson<PurgeChoices>("/api/cache/purge", {}, signal),
      staleTime: 60_000,
    }),
};
