"use client";

import { useQuery } from "@tanstack/react-query";
import { ErrorCard } from "#app/_ui/empty.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Money } from "#app/_ui/money.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { paths } from "#app/paths.ts";
import { formatPercent } from "#core/report/format.ts";
import { type BudgetView, budgetQueries, type SpendersView } from "./queries.ts";

const titles = { person: "People", team: "Teams", project: "Projects", model: "Models" } as const;
const ROWS_MAX = 5;

/** Who and what spent a budget, each a link to its costs. */
export function SpendersPanel({ budget }: { budget: BudgetView }) {
  const { data, error, refetch } = useQuery(budgetQueries.spenders(budget));
  if (error) {
    return <ErrorCard title="Who spent it is not known now" message={error.message} onRetry={() => void refetch()} />;
  }
  return (
    <Panel title="Who and what" flush>
      {data === undefined ? (
        <div className="skeleton m-4 h-40" />
      ) : data.by.every(({ rows }) => rows.length === 0) ? (
        <p className="px-4 pb-4 pt-1 text-ink2">Nothing was spent of it this month.</p>
      ) : (
        data.by.map((group) => <Group key={group.group} budget={budget} {...group} />)
      )}
    </Panel>
  );
}

function Group({ budget, group, rows }: { budget: BudgetView } & SpendersView["by"][number]) {
  // Of the same moment as the rows: the budget's own sum was read before, and traffic goes on.
  const spent = Number(rows.reduce((sum, { nanoUsd }) => sum + BigInt(nanoUsd ?? 0), 0n));
  const rest = rows.slice(ROWS_MAX).reduce((sum, { nanoUsd }) => sum + BigInt(nanoUsd ?? 0), 0n);
  return (
    <section aria-label={titles[group]} className="pb-1">
      <h3 className="px-4 pb-1 pt-2 text-2xs text-ink2">{titles[group]}</h3>
      <ul>
        {rows.slice(0, ROWS_MAX).map(({ key, label, nanoUsd }) => (
          <li key={key} className="tn grid grid-cols-[minmax(0,1fr)_auto_48px] items-baseline gap-3 px-4 py-1">
            <Link href={buildCostsAddress(budget, group, key)} className="truncate hover:text-accent hover:underline">
              <bdi>{label}</bdi>
            </Link>
            <Money nanoUsd={nanoUsd} />
            <span className="text-right text-xs text-ink2">
              {nanoUsd === null || spent === 0 ? "–" : formatPercent(Number(nanoUsd) / spent)}
            </span>
          </li>
        ))}
        {rows.length > ROWS_MAX ? (
          <li className="tn grid grid-cols-[minmax(0,1fr)_auto_48px] items-baseline gap-3 px-4 py-1 text-ink2">
            <span>{rows.length - ROWS_MAX} more</span>
            <Money nanoUsd={String(rest)} />
            <span className="text-right text-xs">{spent === 0 ? "–" : formatPercent(Number(rest) / spent)}</span>
          </li>
        ) : null}
      </ul>
    </section>
  );
}

/** Costs of this month for the holder, narrowed to one of its parts where that has a name. */
const buildCostsAddress = ({ kind, holder }: BudgetView, group: string, key: string): string =>
  paths.costs({
    range: "mtd",
    ...(kind === "organisation" ? {} : { [kind]: holder }),
    ...(key === "" ? {} : { [group]: key }),
  });
