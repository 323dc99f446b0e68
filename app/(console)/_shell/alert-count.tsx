"use client";

import { useQuery } from "@tanstack/react-query";
import { cx } from "#app/_ui/cx.ts";
import { formatCount } from "#core/report/format.ts";
import { alertQueries } from "../alerts/queries.ts";

/** Number of alerts that fire and that no person has acknowledged; nothing when there is none. */
export function AlertCount({ className }: { className?: string }) {
  const { data } = useQuery(alertQueries.count());
  if (!data || data.firing === 0) return null;
  return (
    <span
      className={cx(
        "tn inline-flex h-4 min-w-4 items-center justify-center rounded-full bg-dangersoft px-1 text-2xs font-medium text-danger",
        className,
      )}
    >
      {formatCount(data.firing)}
      <span className="sr-only"> firing</span>
    </span>
  );
}
