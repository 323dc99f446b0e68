import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { ConnectStatus } from "#control/connect/status.ts";
import type { OwnIssuingView } from "#control/keys/issuing-policy.ts";
import type { ProxyKeyView } from "#control/keys/proxy-key-view.ts";
import type { AppliesView, OwnLimitsView } from "#control/limits/list.ts";

export type { AppliesView, ConnectStatus, OwnIssuingView, OwnLimitsView, ProxyKeyView };

export const connectQueries = {
  keys: () =>
    queryOptions({
      queryKey: ["keys", "own"],
      queryFn: ({ signal }) => getJson<{ keys: ProxyKeyView[] }>("/api/keys", {}, signal),
      refetchInterval: 15_000,
    }),
  limits: () =>
    queryOptions({
      queryKey: ["limits", "own"],
      queryFn: ({ signal }) => getJson<OwnLimitsView>("/api/limits/own", {}, signal),
      refetchInterval: 30_000,
    }),
  status: (since: number, whose: "own" | "anybody") =>
    queryOptions({
      queryKey: ["connect", "status", since, whose],
      queryFn: ({ signal }) => getJson<ConnectStatus>("/api/connect/status", { since, whose }, signal),
    }),
};
