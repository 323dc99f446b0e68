import { Badge } from "#app/_ui/badge.tsx";
import type { RequestRow } from "#core/activity/request-view.ts";

type Tone = "neutral" | "saved" | "warn" | "danger" | "accent";

/** The ending of a request when it is notable, else the decision. Null: the request was forwarded unchanged. */
function describeOutcome(row: Pick<RequestRow, "ended" | "status" | "decision" | "cache">): {
  tone: Tone;
  label: string;
} | null {
  if (row.ended === "error") return { tone: "danger", label: `Error ${row.status}` };
  if (row.ended === "truncated") return { tone: "danger", label: "Truncated" };
  if (row.ended === "interrupted") return { tone: "warn", label: "Interrupted" };
  if (row.cache === "hit") return { tone: "saved", label: "From the cache" };
  if (row.decision === "fallback") return { tone: "warn", label: "Fallback" };
  if (row.ended === "cancelled") return { tone: "neutral", label: "Cancelled" };
  if (row.decision === "skipped") return { tone: "neutral", label: "Rule skipped" };
  if (row.decision === "override") return { tone: "accent", label: "Overridden" };
  return null;
}

export function OutcomeBadge({ row }: { row: RequestRow }) {
  const outcome = describeOutcome(row);
  if (outcome === null) return <span className="text-xs text-ink3">Unchanged</span>;
  return <Badge tone={outcome.tone}>{outcome.label}</Badge>;
}
