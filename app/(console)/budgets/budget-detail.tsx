"use client";

import { useQueryClient } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { sendJson } from "#app/_data/get-json.ts";
import { reportFailure, useAction } from "#app/_data/use-action.ts";
import { Button } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { toast } from "#app/_ui/toaster.tsx";
import { formatMoney, formatMoneyExact } from "#core/report/format.ts";
import { TableSwitch } from "../_parts/table-switch.tsx";
import { BurnChart } from "./burn-chart.tsx";
import { DaysTable } from "./days-table.tsx";
import { prepareBurn } from "./prepare.ts";
import { type BudgetsView, type BudgetView, budgetQueries } from "./queries.ts";
import { RaiseDialog } from "./raise-dialog.tsx";
import { RaiseList } from "./raise-list.tsx";
import { savePng } from "./save-png.ts";
import { chartSentence, findLast, formatDay, noForecastWords } from "./words.ts";

/** What one click of "Let it run" adds. */
const QUICK_NANO_USD = 20_000_000_000;

/**
 * One budget: the running total with its forecast, or its table, and the ways to raise it. Long because chart, table and
 * buttons are about one budget in one panel.
 */
export function BudgetDetail({
  budget,
  view,
  whyNoRaise,
}: {
  budget: BudgetView;
  view: BudgetsView;
  whyNoRaise: string | null;
}) {
  const client = useQueryClient();
  const svg = useRef<SVGSVGElement>(null);
  const [isTable, setTable] = useState(false);
  const [isRaising, setRaising] = useState(false);
  const { period } = view;
  const year = period.today.slice(0, 4);
  const chart = prepareBurn(budget, period);
  const { breach } = findLast(budget);
  const { landing } = budget;
  const why = noForecastWords(landing);
  const quick = useAction("The budget was not raised", async () => {
    const { kind, holder, unit } = budget;
    await sendJson("POST", "/api/budgets/raises", { kind, holder, unit, nanoUsd: QUICK_NANO_USD });
    await client.invalidateQueries({ queryKey: budgetQueries.all() });
    toast(`${budget.name} has $20 more until the month ends`, {
      description: "Every proxy applies it within a second.",
    });
  });
  const save = () => {
    const drawn = svg.current;
    if (drawn === null) return;
    const name = `cco_budget_${budget.name.replace(/[^\w-]+/g, "-")}_${period.fromDay.slice(0, 7)}.png`;
    void savePng(drawn, name).catch((error: unknown) => reportFailure("The image was not saved", error));
  };
  return (
    <section aria-labelledby="h-budget" className="min-w-0 rounded-lg border border-line bg-surface">
      <div className="flex flex-wrap items-center gap-x-3 gap-y-2 px-4 pt-3 lg:px-5 lg:pt-4">
        <h2 id="h-budget" className="font-semibold">
          <bdi>{budget.name}</bdi>, this month
        </h2>
        <span className="tn text-xs text-ink2" title={formatMoneyExact(budget.leftNanoUsd)}>
          {formatMoney(budget.spentNanoUsd)} of {formatMoney(budget.limitNanoUsd)},{" "}
          <b className="font-medium text-ink">{formatMoney(budget.leftNanoUsd)} left</b>
        </span>
        <div className="ml-auto flex flex-wrap items-center gap-2">
          <TableSwitch isOn={isTable} onSwitch={() => setTable(!isTable)} />
          <Button why={whyNoRaise} onClick={() => setRaising(true)}>
            Raise until…
          </Button>
          <Button look="solid" why={whyNoRaise} busy={quick.busy} onClick={() => void quick.run()}>
            Let it run: + $20
          </Button>
        </div>
      </div>
      <ul className="tn flex flex-wrap gap-x-4 gap-y-1 px-4 pt-2 text-xs text-ink2 lg:px-5">
        <Key mark="solid" label="Spent" value={formatMoney(budget.spentNanoUsd)} />
        {landing.kind === "projected" ? (
          <>
            <Key
              mark={chart.breach === null && budget.share < 1 ? "dashed" : "danger"}
              label="Forecast"
              value={formatMoney(landing.landsNanoUsd)}
            />
            <Key
              mark="band"
              label="80% band"
              value={`${formatMoney(landing.lowNanoUsd)} – ${formatMoney(landing.highNanoUsd)}`}
            />
          </>
        ) : null}
      </ul>
      <div className="px-2 pb-1 pt-2 lg:px-3">
        {isTable ? (
          <DaysTable budget={budget} period={period} />
        ) : (
          <BurnChart
            chart={chart}
            fromDay={period.fromDay}
            label={chartSentence(budget, period)}
            breaksOn={breach.kind === "breaks" ? formatDay(breach.day, year) : null}
            svg={svg}
          />
        )}
      </div>
      <div className="flex flex-wrap items-end gap-x-4 gap-y-2 px-4 pb-3 lg:px-5 lg:pb-4">
        <p className="min-w-0 max-w-[80ch] flex-1 basis-72 text-xs text-ink2">
          {why ??
            "Forecast: the median of each weekday over four weeks, so one outlying session does not move it; the band holds eight of ten months."}
        </p>
        {isTable ? null : (
          <Button look="quiet" onClick={save}>
            <Icon name="download" className="size-3.5" />
            PNG
          </Button>
        )}
      </div>
      <RaiseList budget={budget} whyNoRaise={whyNoRaise} />
      {isRaising ? <RaiseDialog budget={budget} period={period} onClose={() => setRaising(false)} /> : null}
    </section>
  );
}

const marks = {
  solid: "h-0 w-3.5 border-t-2 border-ink",
  dashed: "h-0 w-3.5 border-t-2 border-dashed border-ink2",
  danger: "h-0 w-3.5 border-t-2 border-dashed border-danger",
  band: "size-2.5 rounded-[2px] border border-edge bg-sunken",
} as const;

function Key({ mark, label, value }: { mark: keyof typeof marks; label: string; value: string }) {
  return (
    <li className="flex items-center gap-1.5">
      <span aria-hidden="true" className={marks[mark]} />
      {label} <span className="text-ink">{value}</span>
    </li>
  );
}
