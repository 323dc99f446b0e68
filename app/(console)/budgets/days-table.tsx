import { Money } from "#app/_ui/money.tsx";
import { DataTable } from "#app/_ui/table.tsx";
import { formatPercent } from "#core/report/format.ts";
import type { BudgetsView, BudgetView } from "./queries.ts";
import { formatDay } from "./words.ts";

interface DayRow {
  day: string;
  isForecast: boolean;
  nanoUsd: string | null;
  totalNanoUsd: string;
}

/** Table of the chart: each day with the running total. Days to come are as the forecast expects them. */
export function DaysTable({ budget, period }: { budget: BudgetView; period: BudgetsView["period"] }) {
  const year = period.today.slice(0, 4);
  return (
    <DataTable
      label={`Days of ${budget.name}`}
      rows={listDays(budget)}
      rowKey={({ day, isForecast }) => `${day} ${isForecast}`}
      rowClassName={({ isForecast }) => isForecast && "text-ink2"}
      isCapped
      columns={[
        {
          name: "Day",
          className: "whitespace-nowrap",
          cell: ({ day, isForecast }) =>
            `${formatDay(day, year)}${isForecast ? (day === period.today ? ", still expected" : ", forecast") : ""}`,
        },
        { name: "Spent", figure: true, cell: ({ nanoUsd }) => <Money nanoUsd={nanoUsd} /> },
        { name: "Month to date", figure: true, cell: ({ totalNanoUsd }) => <Money nanoUsd={totalNanoUsd} /> },
        {
          name: "Of the limit",
          figure: true,
          cell: ({ totalNanoUsd }) => formatPercent(Number(totalNanoUsd) / Number(budget.limitNanoUsd)),
        },
      ]}
    />
  );
}

function listDays({ days, landing }: BudgetView): DayRow[] {
  let total = 0n;
  const spent = days.map(({ day, nanoUsd }) => {
    total += BigInt(nanoUsd ?? 0);
    return { day, isForecast: false, nanoUsd, totalNanoUsd: String(total) };
  });
  if (landing.kind !== "projected") return spent;
  const ahead = landing.days.map(({ day, nanoUsd, totalNanoUsd }) => ({
    day,
    isForecast: true,
    nanoUsd,
    totalNanoUsd,
  }));
  return [...spent, ...ahead];
}
