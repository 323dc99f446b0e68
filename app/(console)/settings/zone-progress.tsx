"use client";

import { useRouter } from "next/navigation";
import { useEffect, useRef } from "react";
import { toast } from "#app/_ui/toaster.tsx";
import { formatCount } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { ZoneChange } from "./queries.ts";

const LOOK_EVERY_MS = 1500;

/** Progress of the days of a new reporting zone; until it is complete, pages use the old zone. */
export function ZoneProgress({ inForce, change }: { inForce: string; change: ZoneChange | null }) {
  const router = useRouter();
  const awaited = useRef<string | null>(null);
  useEffect(() => {
    if (change === null) {
      if (awaited.current === inForce) toast(`Days are shown in ${inForce} now`);
      awaited.current = null;
      return;
    }
    awaited.current = change.to;
    const timer = setTimeout(() => router.refresh(), LOOK_EVERY_MS);
    return () => clearTimeout(timer);
  }, [change, inForce, router]);
  if (change === null) return null;
  const { to, daysDone, daysTotal } = change;
  return (
    <div className="space-y-1.5 rounded border border-line bg-sunken px-3 py-2.5 text-xs">
      <p className="flex flex-wrap items-baseline gap-x-3">
        <span className="min-w-0 flex-1 text-ink2">
          Every page goes on in <b className="font-medium text-ink">{inForce}</b> until the days of{" "}
          <b className="font-medium text-ink">{to}</b> are complete.
        </span>
        <span className="tn whitespace-nowrap text-ink3">
          {daysTotal === 0 ? "starting" : `${formatCount(daysDone)} of ${formatCounted(daysTotal, "day")}`}
        </span>
      </p>
      <div
        role="progressbar"
        aria-label={`Days of ${to}`}
        aria-valuemin={0}
        aria-valuemax={Math.max(1, daysTotal)}
        aria-valuenow={daysDone}
        className="track h-1.5 overflow-hidden rounded-[2px] border border-line bg-surface"
      >
        <div
          className="h-full bg-accent transition-[width] duration-700"
          style={{ width: `${daysTotal === 0 ? 0 : (daysDone / daysTotal) * 100}%` }}
        />
      </div>
    </div>
  );
}
