"use client";

import { useQuery } from "@tanstack/react-query";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { ledgerState, proxyHealthQuery } from "./proxy-health.ts";

/** Banner above outdated figures that shows their delay. */
export function LedgerBanner() {
  const { data } = useQuery(proxyHealthQuery());
  const state = ledgerState(data);
  if (state === null) return null;
  const isDanger = state.tone === "danger";
  return (
    <div
      role="status"
      className={cx(
        "flex items-start gap-3 rounded-lg border bg-surface p-4",
        isDanger ? "border-danger" : "border-warn",
      )}
    >
      <span className={cx("mt-0.5", isDanger ? "text-danger" : "text-warn")}>
        <Icon name={isDanger ? "warning" : "clock"} />
      </span>
      <div className="min-w-0">
        <p className="font-medium">{state.title}</p>
        <p className="tn text-ink2 [overflow-wrap:anywhere]">{state.text}</p>
      </div>
    </div>
  );
}
