import { infiniteQueryOptions, keepPreviousData, queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type {
  ActivityFacets,
  ActivitySeries,
  RequestDetail,
  RequestPage,
  SessionPage,
} from "#core/activity/request-view.ts";
import { type Scope, scopeParams } from "./url.ts";

const REFRESH_MS = 5_000;

/** Queries about requests, with keys from general to specific. */
export const activityQueries = {
  all: () => ["activity"] as const,
  requests: (view: Scope) => {
    const params = scopeParams(view);
    return infiniteQueryOptions({
      queryKey: [...activityQueries.all(), "requests", params],
      queryFn: ({ pageParam, signal }) =>
        getJson<RequestPage>("/api/activity", { ...params, after: pageParam }, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    });
  },
  sessions: (view: Scope) => {
    const params = scopeParams(view);
    return infiniteQueryOptions({
      queryKey: [...activityQueries.all(), "sessions", params],
      queryFn: ({ pageParam, signal }) =>
        getJson<SessionPage>("/api/activity/sessions", { ...params, after: pageParam }, signal),
      initialPageParam: null as string | null,
      getNextPageParam: (page) => page.next,
    });
  },
  series: (view: Scope) => {
    const params = scopeParams(view);
    return queryOptions({
      queryKey: [...activityQueries.all(), "series", params],
      queryFn: ({ signal }) => getJson<ActivitySeries>("/api/activity/series", params, signal),
      refetchInterval: REFRESH_MS,
    });
  },
  /** Includes the ids filtered by, to load their names. */
  facets: ({ range, filters: { person, key, rule } }: Scope) => {
    const asked = Object.entries({ person, key, rule }).filter(([, ids]) => ids.length > 0);
    const params = { range, ...Object.fromEntries(asked.map(([field, ids]) => [field, ids.join(",")])) };
    return queryOptions({
      queryKey: [...activityQueries.all(), "facets", params],
      queryFn: ({ signal }) => getJson<ActivityFacets>("/api/activity/facets", params, signal),
      placeholderData: keepPreviousData,
      staleTime: 60_000,
    });
  },
  request: (id: string) =>
    queryOptions({
      queryKey: [...activityQueries.all(), "request", id],
      queryFn: ({ signal }) => getJson<RequestDetail>(`/api/activity/requests/${encodeURIComponent(id)}`, {}, signal),
      staleTime: Number.POSITIVE_INFINITY, // a record is written once and never changed
    }),
};
