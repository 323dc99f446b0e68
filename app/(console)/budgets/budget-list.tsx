"use client";

import { useState } from "react";
import { Badge } from "#app/_ui/badge.tsx";
import { Button } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Money } from "#app/_ui/money.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { DataTable } from "#app/_ui/table.tsx";
import { chartDollars, formatMoney, formatPercent } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { BudgetsView, BudgetView } from "./queries.ts";
import { budgetNote, formatBreach, sortByUrgency, stateWords } from "./words.ts";

/** Budgets shown at first: a default for people makes one for each of them. */
const SHOWN_FIRST = 25;

/**
 * Every budget with what is left, where it lands and when it breaks. Those that need a look come first. Long because it
 * is one table: each column with its cell, and the card of phones.
 */
export function BudgetList({
  view,
  opened,
  onOpen,
}: {
  view: BudgetsView;
  opened: string | null;
  onOpen: (id: string) => void;
}) {
  const [isWhole, setWhole] = useState(false);
  const sorted = sortByUrgency(view.budgets);
  const rows = isWhole ? sorted : sorted.slice(0, SHOWN_FIRST);
  const year = view.period.today.slice(0, 4);
  const name = (budget: BudgetView) => (
    <button
      type="button"
      aria-pressed={budget.id === opened}
      className="block max-w-full truncate text-left font-medium hover:text-accent hover:underline"
      onClick={() => onOpen(budget.id)}
    >
      <bdi>{budget.name}</bdi>
    </button>
  );
  const breach = (budget: BudgetView) => {
    const { text, isBad } = formatBreach(budget, year);
    return <span className={isBad ? "font-medium text-danger" : "text-ink2"}>{text}</span>;
  };
  return (
    <Panel
      title="Budgets"
      flush
      aside={<span className="text-ink2">{formatCounted(view.budgets.length, "budget")}, ticks at 75% and 95%</span>}
    >
      <DataTable
        label="Budgets of this month"
        rows={rows}
        rowKey={({ id }) => id}
        rowClassName={({ id }) => id === opened && "bg-accentsoft"}
        columns={[
          {
            name: "Budget",
            className: "max-w-[220px]",
            cell: (budget) => (
              <>
                {name(budget)}
                <p className="truncate text-2xs text-ink2">{budgetNote(budget, year)}</p>
              </>
            ),
          },
          { name: "Left", from: "lg", cell: (budget) => <LeftLine budget={budget} period={view.period} /> },
          {
            name: "Spent, limit",
            className: "min-w-[200px]",
            cell: (budget) => <SpentBar budget={budget} />,
          },
          { name: "Lands", figure: true, from: "lg", cell: (budget) => <Lands budget={budget} /> },
          { name: "Breaks", figure: true, className: "whitespace-nowrap", cell: breach },
          { name: "State", figure: true, from: "lg", cell: (budget) => <State budget={budget} /> },
        ]}
        card={{
          below: "md",
          className: ({ id }) => id === opened && "bg-accentsoft",
          draw: (budget) => (
            <>
              <div className="flex items-baseline justify-between gap-3">
                <div className="min-w-0">{name(budget)}</div>
                <span className="shrink-0 text-xs">{breach(budget)}</span>
              </div>
              <p className="mb-1 text-2xs text-ink2">{budgetNote(budget, year)}</p>
              <SpentBar budget={budget} />
            </>
          ),
        }}
      />
      {sorted.length > rows.length ? (
        <div className="border-t border-line px-4 py-2.5 lg:px-5">
          <Button onClick={() => setWhole(true)}>Show all {sorted.length}</Button>
        </div>
      ) : null}
    </Panel>
  );
}

function State({ budget }: { budget: BudgetView }) {
  const { text, tone } = stateWords(budget);
  return <Badge tone={tone}>{text}</Badge>;
}

function Lands({ budget: { landing, limitNanoUsd } }: { budget: BudgetView }) {
  if (landing.kind !== "projected") return <span className="text-ink2">–</span>;
  const isOver = BigInt(landing.landsNanoUsd) > BigInt(limitNanoUsd);
  const range = `in eight of ten cases ${formatMoney(landing.lowNanoUsd)} to ${formatMoney(landing.highNanoUsd)}`;
  return (
    <span className={cx("tn", isOver && "text-danger")} title={range}>
      {formatMoney(landing.landsNanoUsd)}
      <span className="block text-2xs">{formatPercent(Number(landing.landsNanoUsd) / Number(limitNanoUsd))}</span>
    </span>
  );
}

/** "$1,633.28 of $1,800.00", the share, and a bar with ticks at the warnings. */
function SpentBar({ budget: { spentNanoUsd, limitNanoUsd, share, unpriced } }: { budget: BudgetView }) {
  const isSpent = share >= 1;
  return (
    <div>
      <p className="tn flex items-baseline gap-2">
        <Money nanoUsd={spentNanoUsd} className="font-medium" />
        <span className="text-xs text-ink2">of {formatMoney(limitNanoUsd)}</span>
        <span className={cx("ml-auto text-xs", isSpent ? "text-danger" : share >= 0.75 ? "text-warn" : "text-ink2")}>
          {formatPercent(share)}
        </span>
      </p>
      <div className="track relative mt-1 h-1.5 rounded-[2px] bg-edge" aria-hidden="true">
        <span
          className={cx("absolute inset-y-0 left-0 rounded-[2px]", isSpent ? "bg-danger" : "bg-bar")}
          style={{ width: `${Math.min(1, share) * 100}%` }}
        />
        <span className="absolute -inset-y-[2px] left-[75%] w-px bg-warn ring-1 ring-surface" />
        <span className="absolute -inset-y-[2px] left-[95%] w-px bg-warn ring-1 ring-surface" />
      </div>
      {unpriced > 0 ? (
        <p className="mt-1 text-2xs text-warn">
          {formatCounted(unpriced, "request")} without a known price not counted
        </p>
      ) : null}
    </div>
  );
}

/** What was left on each day as a small line, and dashed where it goes. */
function LeftLine({ budget, period }: { budget: BudgetView; period: BudgetsView["period"] }) {
  const limit = chartDollars(budget.limitNanoUsd);
  const daysCount = budget.days.length + (budget.landing.kind === "projected" ? budget.landing.days.length - 1 : 0);
  const toX = (day: number) => ((day / Math.max(daysCount, 1)) * 84).toFixed(1);
  const toY = (left: number) => (1 + (1 - Math.max(0, Math.min(1, left / limit))) * 19).toFixed(1);
  let spent = 0n;
  const points = budget.days.map(({ nanoUsd }, index) => {
    spent += BigInt(nanoUsd ?? 0);
    return `${toX(index + 1)} ${toY(limit - chartDollars(spent))}`;
  });
  const ahead =
    budget.landing.kind === "projected"
      ? budget.landing.days.map(({ totalNanoUsd }, index) => {
          return `${toX(budget.days.length + index)} ${toY(limit - chartDollars(totalNanoUsd))}`;
        })
      : [];
  const { isBad } = formatBreach(budget, period.today.slice(0, 4));
  return (
    <svg width="84" height="22" aria-hidden="true" className="block overflow-visible">
      <path d="M0 20.500H84" stroke="var(--edge)" />
      <path d={`M0 1L${points.join("L")}`} fill="none" stroke="var(--ink)" strokeWidth="1.5" />
      {ahead.length > 1 ? (
        <path
          d={`M${ahead.join("L")}`}
          fill="none"
          stroke={isBad ? "var(--danger)" : "var(--ink-3)"}
          strokeWidth="1.5"
          strokeDasharray="2 2"
        />
      ) : null}
    </svg>
  );
}
