import { infiniteQueryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { AuditEntryView, AuditPage } from "#control/audit/list.ts";
import { type AuditView, scopeParams } from "./url.ts";

export type { AuditEntryView };

export const auditQueries = {
  log: (view: AuditView, zone: string) =>
    infiniteQueryOptions({
      queryKey: ["audit", view, zone],
      queryFn: ({ pageParam, signal }) =>
        getJson<AuditPage>("/api/audit", { ...scopeParams(view, zone), before: pageParam }, signal),
      initialPageParam: null as number | null,
      getNextPageParam: (page) => page.next,
    }),
};
