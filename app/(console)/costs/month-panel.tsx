"use client";

import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Money } from "#app/_ui/money.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import type { MonthView, SinceClose } from "#core/costs/month.ts";
import { monthSentence } from "#core/costs/month.ts";
import { formatChange } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { SignedMoney } from "../_parts/signed-money.tsx";
import { CloseDialog, ReopenDialog } from "./close-dialog.tsx";
import { costQueries } from "./queries.ts";

/** The month that the page shows: closed or not, what came since, and what to look at before. */
export function MonthPanel({ month, why }: { month: string; why: string | null }) {
  const { data, error, refetch } = useQuery(costQueries.month(month));
  const [asked, setAsked] = useState<"close" | "reopen" | null>(null);
  if (error && !data)
    return <ErrorCard title="The month could not be read" message={error.message} onRetry={() => void refetch()} />;
  if (data === undefined) return <div aria-hidden="true" className="skeleton h-[132px] rounded-lg" />;
  const { state, close, since } = data;
  return (
    <Panel
      title={
        <span className="inline-flex flex-wrap items-center gap-2">
          {data.label} <StateBadge state={state} />
        </span>
      }
      aside={
        state === "closed" ? (
          <Button why={why} onClick={() => setAsked("reopen")}>
            Reopen
          </Button>
        ) : (
          <Button
            why={why ?? (state === "under way" ? `${data.label} is not over yet.` : null)}
            onClick={() => setAsked("close")}
          >
            Close month
          </Button>
        )
      }
    >
      <p className="text-xs text-ink2">{monthSentence(data)}.</p>
      <div className="mt-3 grid gap-4 lg:grid-cols-[minmax(0,1fr)_260px]">
        <div>
          {close !== null && since !== null ? <Since month={data} since={since} /> : <Open month={data} />}
          <Compared compared={data.compared} />
        </div>
        <Checks month={data} />
      </div>
      {data.history.length > (close === null ? 0 : 1) ? <History month={data} /> : null}
      {asked === "close" ? <CloseDialog month={data} onClose={() => setAsked(null)} /> : null}
      {asked === "reopen" ? <ReopenDialog month={data} onClose={() => setAsked(null)} /> : null}
    </Panel>
  );
}

function StateBadge({ state }: { state: MonthView["state"] }) {
  if (state === "closed") return <Badge tone="accent">closed</Badge>;
  return <Badge>{state}</Badge>;
}

function Figure({ name, children }: { name: string; children: React.ReactNode }) {
  return (
    <div>
      <dt className="text-xs text-ink2">{name}</dt>
      <dd className="text-lg font-semibold">{children}</dd>
    </div>
  );
}

function Open({ month: { now } }: { month: MonthView }) {
  return (
    <dl className="grid grid-cols-3 gap-3">
      <Figure name="Cost">
        <Money nanoUsd={now.costNanoUsd} />
      </Figure>
      <Figure name="Saved by rules">
        <Money nanoUsd={now.savedNanoUsd} />
      </Figure>
      <Figure name="Requests">{now.requests.toLocaleString("en")}</Figure>
    </dl>
  );
}

/** The closed amount, what came since by kind, and what the month costs now. */
function Since({ month, since }: { month: MonthView; since: SinceClose }) {
  const parts = [
    ["correction", since.corrections, `${paths.prices()}#corrections`],
    ["batch result", since.batches, null],
    ["late request", since.late, null],
  ] as const;
  return (
    <div>
      <dl className="grid grid-cols-3 gap-3">
        <Figure name="Closed at">
          <Money nanoUsd={month.close?.costNanoUsd ?? null} />
        </Figure>
        <Figure name="Since">
          <SignedMoney nanoUsd={since.nanoUsd} />
        </Figure>
        <Figure name="Now">
          <Money nanoUsd={month.now.costNanoUsd} />
        </Figure>
      </dl>
      <ul className="mt-2 space-y-0.5 text-xs text-ink2">
        {parts
          .filter(([, { count, nanoUsd }]) => count > 0 || nanoUsd !== "0")
          .map(([name, { count, nanoUsd, planNanoUsd }, href]) => (
            <li key={name}>
              {href === null ? (
                formatCounted(count, name)
              ) : (
                <Link href={href} className="inline-flex min-h-6 items-center font-medium text-accent">
                  {formatCounted(count, name)}
                </Link>
              )}
              : <SignedMoney nanoUsd={nanoUsd} />
              {planNanoUsd === "0" ? null : (
                <>
                  , plan value <SignedMoney nanoUsd={planNanoUsd} />
                </>
              )}
            </li>
          ))}
      </ul>
    </div>
  );
}

function Compared({ compared }: { compared: MonthView["compared"] }) {
  if (compared === null) return null;
  const { costNanoUsd, previousCostNanoUsd, label } = compared;
  return (
    <p className="mt-2 text-xs text-ink3">
      Against {label}: <Money nanoUsd={costNanoUsd} /> after <Money nanoUsd={previousCostNanoUsd} />
      {costNanoUsd === null || previousCostNanoUsd === null || previousCostNanoUsd === "0"
        ? ""
        : `, ${formatChange(Number(costNanoUsd), Number(previousCostNanoUsd))}`}
      .
    </p>
  );
}

function Checks({ month: { checks, state } }: { month: MonthView }) {
  return (
    <ul aria-label="Before the month is closed" className="space-y-1 text-xs">
      {checks.map(({ name, isOk, text }) => (
        <li key={name} className="flex items-center gap-2">
          <Icon
            name={isOk ? "check" : "clock"}
            className={isOk ? "size-3.5 shrink-0 text-saved" : "size-3.5 shrink-0 text-warn"}
          />
          <span className={isOk ? "text-ink2" : "text-ink"}>{text}</span>
        </li>
      ))}
      {state === "closed" ? null : (
        <li className="pt-1 text-ink3">Closing keeps these amounts. What comes later is named beside them.</li>
      )}
    </ul>
  );
}

function History({ month: { history } }: { month: MonthView }) {
  return (
    <details className="mt-3 text-xs">
      <summary className="min-h-6 cursor-pointer font-medium text-accent">
        {formatCounted(history.length, "close")} so far
      </summary>
      <ul className="mt-1 space-y-1 text-ink2">
        {history.map((close) => (
          <li key={close.number}>
            Closed by {close.actorName} <Ago at={close.at} /> at <Money nanoUsd={close.costNanoUsd} />
            {close.comment === "" ? "" : ` (${close.comment})`}
            {close.reopened === null ? null : (
              <>
                , reopened by {close.reopened.actorName} <Ago at={close.reopened.at} />
                {close.reopened.comment === "" ? "" : ` (${close.reopened.comment})`}
              </>
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}
