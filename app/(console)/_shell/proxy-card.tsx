"use client";

import { useQuery } from "@tanstack/react-query";
import { ledgerState, proxyHealthQuery } from "../_parts/proxy-health.ts";

/** State of the proxy in the sidebar, polled from the proxy every five seconds. */
export function ProxyCard() {
  const { data, error } = useQuery(proxyHealthQuery());
  const ledger = ledgerState(data);
  const isWarned = Boolean(data?.rules_problem) || data?.overrides_enabled === false;
  const look = error || ledger?.tone === "danger" ? "danger" : isWarned || ledger ? "warn" : "saved";
  const words = error
    ? "Proxy not answering"
    : data?.rules_problem
      ? "Rules file is broken"
      : data?.overrides_enabled === false
        ? "Overrides are off"
        : ledger
          ? ledger.title
          : "Proxy healthy";
  const dot = { danger: "bg-danger", warn: "bg-warn", saved: "bg-saved" }[look];
  return (
    <div className="rounded-lg border border-line bg-surface p-3" role="status" aria-label="Proxy">
      <div className="flex items-center gap-2 font-medium">
        <span className="relative flex size-2">
          <span className={`absolute inset-0 scale-[1.9] rounded-full opacity-30 ${dot}`} />
          <span className={`relative size-2 rounded-full ${dot}`} />
        </span>
        {words}
      </div>
      <dl className="tn mt-2 grid grid-cols-[1fr_auto] gap-y-1 text-xs text-ink2">
        <dt>Live rules</dt>
        <dd className="font-mono text-ink">{data?.rules_version ? `v${data.rules_version}` : "–"}</dd>
        <dt>Added latency p50</dt>
        <dd className="text-ink">
          {data?.added_latency_p50_ms == null ? "–" : `${data.added_latency_p50_ms.toFixed(1)} ms`}
        </dd>
        <dt>Requests now</dt>
        <dd className="text-ink">
          {data?.requests_per_second === undefined ? "–" : `${data.requests_per_second.toFixed(1)} / s`}
        </dd>
        <dt>Ledger</dt>
        <dd className={ledger ? "text-warn" : "text-ink"} title={ledger?.text}>
          {ledger?.short ?? (data?.events_oldest_seconds === undefined ? "–" : "up to date")}
        </dd>
      </dl>
    </div>
  );
}
