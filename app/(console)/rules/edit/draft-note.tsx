"use client";

import { useEffect, useState } from "react";
import { Ago } from "#app/_ui/time.tsx";
import type { DraftStatus } from "./use-draft.ts";

/** Short note about where the typed text is saved. */
export function DraftNote({ status }: { status: DraftStatus }) {
  const [, setTick] = useState(0);
  useEffect(() => {
    const timer = setInterval(() => setTick((tick) => tick + 1), 1_000);
    return () => clearInterval(timer);
  }, []);
  if (status.kind === "none") return <span className="text-xs text-ink3">No changes</span>;
  if (status.kind === "unsaved") return <span className="text-xs text-ink3">Saving draft…</span>;
  if (status.kind === "failed") {
    return (
      <span role="alert" className="text-xs text-danger" title={status.message}>
        Draft not saved, trying again
      </span>
    );
  }
  const seconds = Math.max(0, Math.round((Date.now() - Date.parse(status.at)) / 1000));
  return (
    <span className="whitespace-nowrap text-xs text-ink2" suppressHydrationWarning>
      Draft saved{" "}
      {seconds < 60 ? (
        <span className="tn" suppressHydrationWarning>
          {seconds} s ago
        </span>
      ) : (
        <Ago at={status.at} suffix=" ago" />
      )}
    </span>
  );
}
