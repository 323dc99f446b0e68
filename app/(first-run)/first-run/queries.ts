import { queryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { ProviderCheckView } from "#control/setup/provider-check.ts";

export type { BaseVersion } from "#control/rules/editor-start.ts";

export const firstRunQueries = {
  checks: () => ["provider-check"] as const,
  /** The newest check of the provider, asked for again until a proxy has done it. `wantedId`: the check that is waited for. */
  check: (wantedId: string | null) =>
    queryOptions({
      queryKey: [...firstRunQueries.checks(), wantedId],
      queryFn: ({ signal }) => getJson<{ check: ProviderCheckView | null }>("/api/provider-check", {}, signal),
      enabled: wantedId !== null,
      refetchInterval: (query) => (query.state.data?.check?.state === "done" ? false : 700),
    }),
};
