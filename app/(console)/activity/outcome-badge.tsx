import { Badge } from "#app/_ui/badge.tsx";
import type { RequestRow } from "#core/activity/request-view.ts";

type Tone = "neutral" | "saved" | "warn" | "danger" | "accent";

/** How it ended when that is news, else what was decided. Null: it went as it was asked. */
export function outcomeOf(row: Pick<RequestRow, "ended" | "status" | "decision" | "cache">): {
  tone: Tone;
  label: string;
} | null {
  if (row.ended === "error") return { tone: "danger", label: `Error ${row.status}` };
  if (row.ended === "truncated") return { tone: "danger", label: "Broken off" };
  if (row.ended === "interrupted") return { tone: "warn", label: "Interrupted" };
  if (row.cache === "hit") return { tone: "saved", label: "From the cache" };
  if (row.decision === "fallback") return { tone: "warn", label: "Fell back" };
  if (row.ended === "cancelled") return { tone: "neutral", label: "Cancelled" };
  if (row.decision === "skipped") return { tone: "neutral", label: "Rule skipped" };
  if (row.decision === "override") return { tone: "accent", label: "Overridden" };
  return null;
}

export function OutcomeBadge({ row }: { row: RequestRow }) {
  const outcome = outcomeOf(row);
  if (outcome === null) return <span className="text-xs text-ink3">As asked</span>;
  return <Badge tone={outcome.tone}>{outcome.label}</Badge>;
}
