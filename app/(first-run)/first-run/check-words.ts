import type { ProviderCheck } from "#core/connect/provider-check.ts";
import { formatCount } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";

interface Verdict {
  title: string;
  note: string;
  look: "saved" | "danger" | "warn";
  /** Null when all is well. */
  todo: string | null;
}

interface CheckRow {
  name: string;
  text: string;
  ms: number | null;
  look: "ok" | "bad" | "warn" | "none";
}

/** Verdict of a provider check. */
export function describeCheck({ outcome, address, answer }: ProviderCheck): Verdict {
  switch (outcome) {
    case "ok":
      return { title: "The provider answered", note: "address and key work", look: "saved", todo: null };
    case "no-key":
      return { title: "The provider answered", note: "callers bring their own key", look: "saved", todo: null };
    case "key-refused":
      return {
        title: "The provider refused the key",
        note: "nothing was charged",
        look: "danger",
        todo: "create a key in the provider’s console, put it where ANTHROPIC_API_KEY_FILE or ANTHROPIC_API_KEY says, and restart CCO. Requests that bring their own login work meanwhile.",
      };
    case "refused":
      return {
        title: "The provider refused the request",
        note: `status ${answer?.status ?? "unknown"}`,
        look: "warn",
        todo: "read what came back. The address is right; an account without credit or a provider in trouble answers like this.",
      };
    case "unreachable":
      return {
        title: "The provider is unreachable",
        note: "nothing was charged",
        look: "danger",
        todo: `see that this machine may connect to ${address} (firewall, HTTPS_PROXY, DNS), or correct CCO_UPSTREAM_URL.`,
      };
  }
}

/** Rows of a check, in the order in which they depend on each other. */
export function checkRows(check: ProviderCheck): CheckRow[] {
  const { outcome, address, answer, models, limit, clockAheadMs } = check;
  const isReached = answer !== null;
  const unread = { ms: null, look: "none" as const };
  return [
    {
      name: "Address",
      text: isReached ? address : (check.problem ?? address),
      ms: null,
      look: isReached ? "ok" : "bad",
    },
    keyRow(check),
    outcome === "ok"
      ? {
          name: "One-token request",
          text: `${check.model} answered ${answer?.status}, ${answer?.inputTokens ?? "?"} + ${answer?.outputTokens ?? "?"} tokens`,
          ms: answer?.ms ?? null,
          look: "ok",
        }
      : outcome === "refused" && answer
        ? { name: "One-token request", text: refusal(answer), ms: answer.ms, look: "bad" }
        : {
            name: "One-token request",
            text: outcome === "key-refused" ? "sent with this key, so refused too" : "not sent",
            ...unread,
          },
    models
      ? {
          name: "Models",
          text: models.unpriced.length
            ? `${models.count} listed. Without a price: ${models.unpriced.join(", ")}; their requests will show as unpriced.`
            : `${models.count} listed, all priced`,
          ms: models.ms,
          look: models.unpriced.length ? "warn" : "ok",
        }
      : { name: "Models", text: "not read", ...unread },
    limit
      ? {
          name: "Rate limit",
          text: `${formatCounted(limit.perMinute, "request")} per minute, ${formatCount(limit.left)} left`,
          ms: null,
          look: "ok",
        }
      : { name: "Rate limit", text: "not reported by the provider", ...unread },
    clockRow(clockAheadMs),
  ];
}

function keyRow({ outcome, answer }: ProviderCheck): CheckRow {
  if (outcome === "key-refused" && answer) return { name: "Key", text: refusal(answer), ms: answer.ms, look: "bad" };
  if (outcome === "no-key") return { name: "Key", text: "none: callers bring their own", ms: null, look: "none" };
  if (outcome === "unreachable") return { name: "Key", text: "not tried", ms: null, look: "none" };
  return { name: "Key", text: "accepted", ms: null, look: "ok" };
}

const refusal = ({ status, errorType, errorText }: NonNullable<ProviderCheck["answer"]>): string =>
  `${status}${errorType ? ` ${errorType}` : ""}${errorText ? `: “${errorText}”` : ""}`;

/** The provider's clock is known in whole seconds only. */
function clockRow(aheadMs: number | null): CheckRow {
  if (aheadMs === null) return { name: "Clock", text: "not reported by the provider", ms: null, look: "none" };
  const seconds = Math.abs(Math.round(aheadMs / 1000));
  if (seconds <= 5) return { name: "Clock", text: "agrees with the provider’s", ms: null, look: "ok" };
  const text = `${formatCount(seconds)} s ${aheadMs > 0 ? "ahead of" : "behind"} the provider’s`;
  return { name: "Clock", text, ms: null, look: "warn" };
}
