import { infiniteQueryOptions } from "@tanstack/react-query";
import { getJson } from "#app/_data/get-json.ts";
import type { AuditEntryView, AuditPage } from "#control/audit/list.ts";
import { type AuditView, auditQuery } from "./url.ts";

export type { AuditEntryView, AuditPage };

export const auditQueries = {
  log: (view: AuditView) =>
    infiniteQueryOptions({
      queryKey: ["audit", view],
      queryFn: ({ pageParam, signal }) =>
        getJson<AuditPage>("/api/audit", { ...auditQuery(view), before: pageParam }, signal),
      initialPageParam: null as number | null,
      getNextPageParam: (page) => page.next,
    }),
};
