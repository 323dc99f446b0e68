import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { AddedChannel, ChannelView, TestOutcome } from "#control/alerts/channels.ts";
import type { AlertKindView, AlertRuleView, AlertsView, DeliveryView, FiringView } from "#control/alerts/list.ts";
import type { Replay } from "#core/alerts/replay.ts";

export type {
  AddedChannel,
  AlertKindView,
  AlertRuleView,
  AlertsView,
  ChannelView,
  DeliveryView,
  FiringView,
  Replay,
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
  /** How often an alert of a kind would have fired; not asked while a value cannot be read. */
  replay: (kind: string, settings: Pick<AlertRuleView, "threshold" | "minimumSample" | "holdS" | "coolDownS"> | null) =>
    queryOptions({
      queryKey: [...alertQueries.all(), "replay", kind, settings],
      queryFn: ({ signal }) => getJson<Replay>("/api/alerts/replay", { kind, ...settings }, signal),
      enabled: settings !== null,
      staleTime: 600_000,
      retry: false,
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
