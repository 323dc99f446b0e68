import { recordOfSkip } from "#core/activity/recorded-edits.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { emptyUsage } from "#core/costs/usage.ts";
import { price, type Session } from "./seed-event.ts";
import type { Random } from "./seed-random.ts";

/** Rare bad endings. True when nothing was cached by this request. */
export function misfortune(
  session: Session,
  event: RequestEvent,
  { random, catalogue }: { random: Random; catalogue: Catalogue },
): boolean {
  const isDocsPilot = event.decision === "override" && session.project === "docs";
  const draw = random.next() / (isDocsPilot ? 7 : 1);
  if (draw < 0.0028) return refused(event, 529, "overloaded_error", random);
  if (draw < 0.0038) return refused(event, 429, "rate_limit_error", random);
  if (draw < 0.0042) return refused(event, 400, "invalid_request_error", random);
  if (draw < 0.0048 && event.decision === "override")
    serveAsAsked(session, event, { decision: "fallback", reason: "upstream_400" }, catalogue);
  else if (draw < 0.018) Object.assign(event, { ended: "cancelled", stopReason: null, usageState: "estimated" });
  else if (draw < 0.019) Object.assign(event, { ended: "truncated", stopReason: null, usageState: "estimated" });
  return false;
}

/**
 * Serves this request and the rest of its session with the model that was asked for. The rule did not hold. That model
 * has nothing of the session in its cache, so the prompt is written again.
 */
export function serveAsAsked(
  session: Session,
  event: RequestEvent,
  why: Pick<RequestEvent, "decision" | "reason">,
  catalogue: Catalogue,
): void {
  session.served = session.requested;
  session.fellBack = true;
  Object.assign(event, { servedModel: session.requested, answeredModel: session.requested, ...why });
  event.edits = recordOfSkip(event.reason) ?? event.edits;
  const { usage } = event;
  event.rewrittenTokens = usage.cacheReadTokens;
  const written = usage.cacheWrite1hTokens > 0 ? "cacheWrite1hTokens" : "cacheWrite5mTokens";
  event.usage = { ...usage, cacheReadTokens: 0, [written]: usage[written] + usage.cacheReadTokens };
  price(event, catalogue);
}

/** The provider refused: nothing was used, nothing costs. Always true, for the caller to pass on. */
function refused(event: RequestEvent, status: number, errorType: string, random: Random): true {
  const durationMs = Math.round(random.skewed(320, 0.3));
  Object.assign(event, {
    status,
    errorType,
    ended: "error",
    stopReason: null,
    answeredModel: null,
    usage: emptyUsage(),
    usageState: "none",
    costs: null,
    costNanoUsd: null,
    baselineNanoUsd: null,
    savedNanoUsd: null,
    priceVersion: null,
    durationMs,
    ttfbMs: durationMs,
    endedAtMs: event.startedAtMs + durationMs,
    responseBytes: 140,
  });
  return true;
}
