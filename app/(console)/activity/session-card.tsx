import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Icon } from "#app/_ui/icon.tsx";
import { Money } from "#app/_ui/money.tsx";
import { ModelName, RouteMark } from "#app/_ui/route-mark.tsx";
import type { SessionPage, SessionRow } from "#core/activity/request-view.ts";
import type { AgentNode, Allotment, SessionFigures } from "#core/activity/session.ts";
import { countMissingCosts } from "#core/costs/figures.ts";
import { ownValue } from "#core/own-value.ts";
import { formatCount, formatDuration, formatMissing, formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { clockDay, clockTime } from "./clock.ts";

interface Shown {
  zone: string;
  tiers: SessionPage["tiers"];
}

/** Card of one session: person, served models with reasons, cost, and nested sub-agents. */
export function SessionCard({
  session,
  onOpen,
  isOpen = false,
  ...shown
}: Shown & { session: SessionRow; onOpen?: (agent: string | null) => void; isOpen?: boolean }) {
  const [open, setOpen] = useState(isOpen);
  const { root, figures } = session;
  const agents = countAgents(root) - 1;
  return (
    <article aria-label={`Session ${session.id}`} className="px-4 py-3 lg:px-5">
      <div className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <SessionName session={session} onOpen={onOpen && (() => onOpen(null))} />
        <span className="min-w-0 truncate text-ink2" title={`${session.caller ?? "Unassigned"} · ${session.project}`}>
          <bdi>{session.caller ?? "Unassigned"}</bdi> <span className="text-ink3">· {session.project}</span>
        </span>
        <span className="tn text-xs text-ink3">{spanWords(figures, shown.zone)}</span>
        <Amounts figures={figures} />
      </div>
      <Allotments allotments={root.allotments} tiers={shown.tiers} />
      {agents > 0 ? (
        <button
          type="button"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
          className="mt-1 flex min-h-6 items-center gap-1 text-xs text-ink2 hover:text-ink"
        >
          <Icon name={open ? "down" : "right"} className="size-3.5" />
          {formatCounted(agents, "sub-agent")}
        </button>
      ) : null}
      {open && agents > 0 ? (
        <div className="mt-1">
          <p className="tn flex items-baseline gap-3 py-1 text-xs text-ink3">
            Main thread alone
            <Amounts figures={root.figures} />
          </p>
          <Agents agents={root.agents} onOpen={onOpen} {...shown} />
        </div>
      ) : null}
    </article>
  );
}

function SessionName({ session, onOpen }: { session: SessionRow; onOpen?: () => void }) {
  const name = (
    <code className="font-mono text-[0.78125rem]" title={session.id}>
      {shortened(session.id)}
    </code>
  );
  if (onOpen === undefined) return name;
  return (
    <button type="button" onClick={onOpen} className="min-h-6 font-medium hover:underline">
      <span className="sr-only">Requests of session </span>
      {name}
    </button>
  );
}

function Agents({
  agents,
  onOpen,
  ...shown
}: Shown & { agents: readonly AgentNode[]; onOpen?: (agent: string | null) => void }) {
  if (agents.length === 0) return null;
  return (
    <ul className="ml-1.5 space-y-px border-l border-line pl-3">
      {agents.map((agent) => (
        <li key={agent.agentId} aria-label={`Sub-agent ${agent.agentId}`}>
          <div className="flex flex-wrap items-baseline gap-x-3 gap-y-0.5 py-1">
            <AgentName agentId={agent.agentId} onOpen={onOpen} />
            <Amounts figures={agent.figures} />
          </div>
          <Allotments allotments={agent.allotments} tiers={shown.tiers} />
          <Agents agents={agent.agents} onOpen={onOpen} {...shown} />
        </li>
      ))}
    </ul>
  );
}

function AgentName({ agentId, onOpen }: { agentId: string | null; onOpen?: (agent: string | null) => void }) {
  const name = <code className="font-mono text-xs">{shortened(agentId ?? "")}</code>;
  if (onOpen === undefined) return name;
  return (
    <button type="button" onClick={() => onOpen(agentId)} title={agentId ?? ""} className="min-h-6 hover:underline">
      <span className="sr-only">Requests of sub-agent </span>
      {name}
    </button>
  );
}

/** Requested model, served model, and reason. */
function Allotments({ allotments, tiers }: { allotments: readonly Allotment[]; tiers: SessionPage["tiers"] }) {
  return (
    <ul className="mt-1 space-y-0.5">
      {allotments.map(({ requested, served, requests, why }) => (
        <li key={requested} className="flex flex-wrap items-center gap-x-3 text-ink2">
          {requested === served ? (
            <ModelName model={requested} tier={ownValue(tiers, requested) ?? null} />
          ) : (
            <RouteMark
              from={requested}
              to={served}
              fromTier={ownValue(tiers, requested) ?? null}
              toTier={ownValue(tiers, served) ?? null}
            />
          )}
          <span className="min-w-0 text-xs text-ink3 wrap-anywhere">{why}</span>
          {allotments.length > 1 ? <span className="tn text-xs text-ink3">{formatCount(requests)}×</span> : null}
        </li>
      ))}
    </ul>
  );
}

function Amounts({ figures }: { figures: SessionFigures }) {
  const { requests, failed, planUnpriced, costNanoUsd, savedNanoUsd, planValueNanoUsd } = figures;
  const missing = formatMissing(costNanoUsd, countMissingCosts(figures));
  return (
    <span className="tn ml-auto flex flex-wrap items-baseline justify-end gap-x-3">
      {failed > 0 ? <Badge tone="danger">{formatCount(failed)} failed</Badge> : null}
      {missing === "" ? null : <span className="text-xs text-warn">{missing}</span>}
      <span className="text-xs text-ink3">{formatCounted(requests, "request")}</span>
      {planValueNanoUsd === "0" ? null : (
        <span className="text-xs text-ink3">
          {formatMoney(planValueNanoUsd)} plan{formatMissing(planValueNanoUsd, planUnpriced)}
        </span>
      )}
      <Money nanoUsd={costNanoUsd} className="min-w-[64px] text-right font-medium" />
      <span className={cx("min-w-[64px] text-right", savedNanoUsd === "0" && "text-ink3")}>
        <span className="sr-only">saved </span>
        {savedNanoUsd === "0" ? (
          "–"
        ) : (
          <Money
            nanoUsd={savedNanoUsd}
            className={savedNanoUsd === null || savedNanoUsd.startsWith("-") ? "" : "text-saved"}
          />
        )}
      </span>
    </span>
  );
}

const countAgents = (node: AgentNode): number => node.agents.reduce((sum, agent) => sum + countAgents(agent), 1);

/** Shortens a long id in the middle, because people compare both ends. */
const shortened = (id: string): string => (id.length <= 20 ? id : `${id.slice(0, 8)}…${id.slice(-6)}`);

function spanWords({ firstAtMs, lastAtMs }: SessionFigures, zone: string): string {
  const start = `${clockDay(firstAtMs, zone)}, ${clockTime(firstAtMs, zone).slice(0, 5)}`;
  return lastAtMs - firstAtMs < 60_000 ? start : `${start}, over ${formatDuration(lastAtMs - firstAtMs)}`;
}
