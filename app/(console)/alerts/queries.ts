import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { AddedChannel, ChannelView, TestOutcome } from "#control/alerts/channels.ts";
import type { AlertKindView, AlertRuleView, AlertsView, DeliveryView, FiringView } from "#control/alerts/list.ts";
import type { AlertState } from "#control/alerts/state.ts";

export type {
  AddedChannel,
  AlertKindView,
  AlertRuleView,
  AlertState,
  AlertsView,
  ChannelView,
  DeliveryView,
  FiringView,
  TestOutcome,
};

/** Poll interval; alerts are judged this often. */
const REFRESH_MS = 30_000;

export const alertQueries = {
  all: () => ["alerts"] as const,
  page: () =>
    queryOptions({
      queryKey: [...alertQueries.all(), "page"],
      queryFn: ({ signal }) => getJson<AlertsView>("/api/alerts", {}, signal),
      refetchInterval: REFRESH_MS,
    }),
  /** For the menu. */
  count: () =>
    queryOptions({
      queryKey: [...alertQueries.all(), "count"],
      queryFn: ({ signal }) => getJson<{ firing: number }>("/api/alerts/count", {}, signal),
      refetchInterval: REFRESH_MS,
      staleTime: REFRESH_MS / 2,
    }),
};
