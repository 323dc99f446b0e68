import { CopyButton } from "#app/_ui/copy-button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { ModelName } from "#app/_ui/route-mark.tsx";
import { paths } from "#app/paths.ts";
import { CACHE_CAUSE_WORDS } from "#core/activity/cache-cause.ts";
import { conversationWords } from "#core/activity/conversation-words.ts";
import { factWords } from "#core/activity/fact-words.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { RequestDetail } from "#core/activity/request-view.ts";
import { batchWords } from "#core/batches/batch-note.ts";
import type { Tier } from "#core/costs/chart-series.ts";
import { cacheWrites } from "#core/costs/usage.ts";
import { formatBytes, formatDuration } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { clockDay, clockTime } from "./clock.ts";
import { Fact, Facts, Section } from "./facts.tsx";
import { MoneyTable } from "./money-table.tsx";
import { OutcomeBadge } from "./outcome-badge.tsx";

/** Details of one request in words and exact figures. The record contains no prompt and no response. */
export function RequestDetails({
  detail,
  zone,
  onSession,
}: {
  detail: RequestDetail;
  zone: string;
  onSession: (session: string) => void;
}) {
  const { row, event } = detail;
  return (
    <div className="divide-y divide-line">
      <div className="space-y-3 px-4 py-4 sm:px-5">
        <Route detail={detail} />
        <p className="tn flex flex-wrap items-center gap-x-2 gap-y-1 text-ink2">
          <OutcomeBadge row={row} />
          <span>
            {clockDay(event.startedAtMs, zone)}, {clockTime(event.startedAtMs, zone)} {zone}
          </span>
          <span>· {formatDuration(event.durationMs)}</span>
        </p>
      </div>
      <Decision detail={detail} />
      <MoneyTable detail={detail} />
      <Timing detail={detail} />
      <Origin detail={detail} onSession={onSession} />
      <div className="px-4 py-4 sm:px-5">
        <CopyButton label="Copy as JSON" text={JSON.stringify(detail.event, null, 2)} />
      </div>
    </div>
  );
}

/** The requested model, the served model, and the model the provider named in its response. */
function Route({ detail: { row, event, answeredTier } }: { detail: RequestDetail }) {
  const step = (label: string, model: string | null, tier: Tier) => (
    <span className="min-w-0">
      <span className="block text-2xs text-ink3">{label}</span>
      {model === null ? <span className="text-ink3">–</span> : <ModelName model={model} tier={tier} />}
    </span>
  );
  const arrow = <Icon name="arrow" className="mb-1 size-3.5 self-end text-ink3" />;
  return (
    <div className="flex flex-wrap gap-x-3 gap-y-2">
      {step("Requested", row.requested, row.requestedTier)}
      {arrow}
      {step("Served", row.served, row.servedTier)}
      {arrow}
      {step("Provider answered with", event.answeredModel, answeredTier)}
    </div>
  );
}

const editHeadings: Record<RequestDetail["row"]["decision"], string> = {
  override: "Changes",
  fallback: "Changes before the fallback",
  skipped: "Why the rule was skipped",
  pass: "Changes",
};

function Decision({ detail: { row, event, why, share, pinned, rule, edits } }: { detail: RequestDetail }) {
  const seen = factWords(event.facts);
  return (
    <Section title="Why">
      <p>{why}</p>
      {share === null ? null : <p className="text-ink2">{share}</p>}
      {pinned === null ? null : <p className="text-ink2">{pinned}</p>}
      {seen === null ? null : <p className="tn break-words text-ink2">What the rules saw: {seen}</p>}
      {rule === null ? null : (
        <Link
          href={paths.ruleVersion(rule.version)}
          className="inline-flex min-h-6 items-center font-medium text-accent"
        >
          v{rule.version}, line {rule.line}
        </Link>
      )}
      {edits.length === 0 ? null : (
        <>
          <h4 className="pt-2 text-xs text-ink3">{editHeadings[row.decision]}</h4>
          <ul className="space-y-1.5">
            {edits.map(({ code, sentence }) => (
              <li key={sentence} className="flex items-baseline gap-2">
                <span className="min-w-0 flex-1">{sentence}</span>
                {code === "model" ? null : (
                  <code className="shrink-0 rounded-sm bg-sunken px-1 font-mono text-2xs text-ink2">{code}</code>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
    </Section>
  );
}

function Timing({ detail }: { detail: RequestDetail }) {
  const { event } = detail;
  const words = conversationWords(event);
  return (
    <Section title="Timing and outcome">
      <p>{detail.ending}</p>
      {words.length === 0 ? null : <p className="tn text-ink2">{words.join(" · ")}</p>}
      {event.cacheCause === null ? null : (
        <p className="tn text-ink2">
          {formatCounted(cacheWrites(event.usage), "prompt token")} written to the provider’s cache:{" "}
          {CACHE_CAUSE_WORDS[event.cacheCause]}
          {lostWords(event)}
        </p>
      )}
      <Facts>
        <Fact label="First byte after">{event.ttfbMs === null ? "–" : formatDuration(event.ttfbMs)}</Fact>
        <Fact label="Total">{formatDuration(event.durationMs)}</Fact>
        <Fact label="Response">{event.streamed ? "streamed" : "in one piece"}</Fact>
        <Fact label="Size">
          request {formatBytes(event.requestBytes)}, response {formatBytes(event.responseBytes)}
        </Fact>
        <Fact label="Response cache">{cacheWords(detail)}</Fact>
        <Fact label="Service">{serviceWords(detail)}</Fact>
      </Facts>
    </Section>
  );
}

function Origin({ detail, onSession }: { detail: RequestDetail; onSession: (session: string) => void }) {
  const { event, person, proxyKey } = detail;
  const client = [event.clientName, event.clientVersion].filter((word) => word !== null).join(" ");
  const id = (value: string | null) =>
    value === null ? "–" : <code className="break-all font-mono text-xs">{value}</code>;
  return (
    <Section title="Where it came from">
      <Facts>
        <Fact label="Person">{person?.name ?? "–"}</Fact>
        <Fact label="Proxy key">{proxyKey?.name ?? "–"}</Fact>
        <Fact label="Project">{event.project}</Fact>
        <Fact label="Team">{event.team ?? "–"}</Fact>
        <Fact label="Client">{client || "–"}</Fact>
        <Fact label="Endpoint">{event.endpoint}</Fact>
        <Fact label="Session">
          {event.sessionId === null ? (
            "–"
          ) : (
            <button
              type="button"
              onClick={() => onSession(event.sessionId ?? "")}
              className="min-h-6 text-left font-medium text-accent"
            >
              {id(event.sessionId)}
            </button>
          )}
        </Fact>
        <Fact label="Agent">{event.agentId === null ? "main thread" : id(event.agentId)}</Fact>
        {event.parentAgentId === null ? null : <Fact label="Started by">{id(event.parentAgentId)}</Fact>}
        <Fact label="Request">{id(event.id)}</Fact>
        {event.batch === null ? null : <Fact label="Batch">{id(batchWords(event.batch))}</Fact>}
        <Fact label="At the provider">{id(event.upstreamRequestId)}</Fact>
        <Fact label="Instance">{id(event.instanceId)}</Fact>
      </Facts>
    </Section>
  );
}

/** How much of what was written had been in the cache before. */
function lostWords({ lostCacheTokens, usage }: RequestEvent): string {
  if (lostCacheTokens === null || lostCacheTokens === 0) return "";
  const rewritten = formatCounted(Math.min(lostCacheTokens, cacheWrites(usage)), "token");
  return `. ${formatCounted(lostCacheTokens, "cached token")} not read, ${rewritten} written again`;
}

function cacheWords({ event, cacheWhy }: RequestDetail): string {
  if (event.cache === "hit") return "hit";
  if (event.cache === "miss") return "miss";
  return event.cache === "off" ? "off" : `bypassed. ${cacheWhy ?? ""}`.trim();
}

function serviceWords({ event }: RequestDetail): string {
  const words = [
    event.serviceTier,
    event.speed,
    event.inferenceGeo,
    event.billingMode === "subscription" ? "subscription" : null,
  ];
  return words.filter((word) => word !== null).join(", ") || "–";
}
