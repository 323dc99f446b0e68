"use client";

import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Button } from "#app/_ui/button.tsx";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Money } from "#app/_ui/money.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { Card, type Column, DataTable } from "#app/_ui/table.tsx";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { SignedMoney } from "../_parts/signed-money.tsx";
import { costQueries } from "./queries.ts";
import type { CostView } from "./url.ts";
import { buildLineAddress, type Step, toSteps } from "./waterfall.ts";

/** Requests of a range up to which it is explained without being asked. */
const READ_AT_ONCE = 100_000;

/** Why the cost is another one than before: a waterfall whose lines add up to the difference exactly. */
export function WhatChangedPanel({ view, requests }: { view: CostView; requests: number }) {
  const [isAsked, setAsked] = useState(false);
  const isRead = isAsked || requests <= READ_AT_ONCE;
  const query = { ...costQueries.changed(view), placeholderData: keepPreviousData, enabled: isRead };
  const { data, error, refetch } = useQuery(query);
  if (!isRead) {
    return (
      <Panel title="What changed" aside={<Button onClick={() => setAsked(true)}>Explain the difference</Button>}>
        <p className="text-xs text-ink3">It reads every single request of both ranges, which takes a moment.</p>
      </Panel>
    );
  }
  if (error && !data)
    return <ErrorCard title="What changed could not be read" message={error.message} onRetry={() => void refetch()} />;
  if (data === undefined) return <div aria-hidden="true" className="skeleton h-[240px] rounded-lg" />;
  return (
    <Panel
      flush
      title="What changed"
      aside={
        <span className="text-ink2">
          <Money nanoUsd={data.previousCostNanoUsd} /> → <Money nanoUsd={data.costNanoUsd} />:{" "}
          <SignedMoney nanoUsd={data.differenceNanoUsd} />, to the nano-dollar
        </span>
      }
    >
      <DataTable
        label={`What changed from ${data.previous.label} to ${data.range.label}`}
        columns={buildColumns(view)}
        rows={toSteps(data)}
        rowKey={({ key }) => key}
        card={{
          below: "md",
          draw: (step) => (
            <Card actions={null}>
              <p className="flex justify-between gap-3 font-medium">
                <Name step={step} view={view} />
                <Amount step={step} />
              </p>
              <p className="text-xs text-ink3">{step.detail}</p>
              <Bar step={step} />
            </Card>
          ),
        }}
      />
      <Footnotes data={data} />
    </Panel>
  );
}

const buildColumns = (view: CostView): Column<Step>[] => [
  { name: "Cause", className: "whitespace-nowrap font-medium", cell: (step) => <Name step={step} view={view} /> },
  { name: "What", className: "text-ink2 text-xs", cell: ({ detail }) => detail },
  { name: "Share", isHeadHidden: true, from: "lg", className: "w-[30%]", cell: (step) => <Bar step={step} /> },
  { name: "Change", figure: true, cell: (step) => <Amount step={step} /> },
];

function Name({ step, view }: { step: Step; view: CostView }) {
  const href = buildLineAddress(step, view);
  if (href === null) return <span>{step.label}</span>;
  return (
    <Link href={href} className="inline-flex min-h-6 items-center font-medium text-accent">
      {step.label}
    </Link>
  );
}

function Amount({ step: { nanoUsd, isTotal } }: { step: Step }) {
  return isTotal ? <Money nanoUsd={nanoUsd} className="font-semibold" /> : <SignedMoney nanoUsd={nanoUsd} />;
}

/** The line in the waterfall: where the amount stood, and where it went. The figure beside it says the same. */
function Bar({ step: { from, to, isTotal } }: { step: Step }) {
  const colour = isTotal ? "bg-bar" : to >= from ? "bg-ink" : "bg-saved";
  const [left, right] = [Math.min(from, to), Math.max(from, to)];
  return (
    <span aria-hidden="true" className="relative block h-2.5">
      <span
        className={`absolute inset-y-0 min-w-px rounded-xs ${colour}`}
        style={{ left: `${left * 100}%`, width: `${(right - left) * 100}%` }}
      />
    </span>
  );
}

function Footnotes({ data: { leftOut, unpriced, previousUnpriced, previous } }: { data: WhatChanged }) {
  return (
    <div className="space-y-0.5 px-4 py-3 text-xs text-ink3 lg:px-5">
      <p>
        Against {previous.label}. Each cause is averaged over every order in which the causes can apply, so none is
        counted twice. Without subscription traffic.
      </p>
      {leftOut === null ? null : (
        <p>
          {leftOut === "archived" ? "Some requests of these days are archived" : "There are too many requests for it"}:
          sessions, client versions and causes are in no line.
        </p>
      )}
      {unpriced + previousUnpriced > 0 ? (
        <p className="text-warn">
          {unpriced.toLocaleString("en")} requests without a known price are in no line,{" "}
          {previousUnpriced.toLocaleString("en")} before.
        </p>
      ) : null}
    </div>
  );
}
