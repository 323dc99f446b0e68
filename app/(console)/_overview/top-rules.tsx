import { Empty } from "#app/_ui/empty.tsx";
import { Link } from "#app/_ui/link.tsx";
import { RouteMark } from "#app/_ui/route-mark.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { Ago } from "#app/_ui/time.tsx";
import { paths } from "#app/paths.ts";
import { manyErrors, ruleErrorRate } from "#core/costs/error-rate.ts";
import type { TopRule, TopRules } from "#core/costs/overview.ts";
import { chartDollars, formatCount, formatMoneyExact, formatMoneyShort, formatPercent } from "#core/report/format.ts";

/** Rules by saving; on phones a list of route, note and saving. */
export function TopRulesPanel({ rules, range }: { rules: TopRules; range: string }) {
  const top = Math.max(...rules.rows.map((rule) => Math.abs(chartDollars(rule.savedNanoUsd ?? "0"))), 0);
  return (
    <section aria-labelledby="h-rules" className="min-w-0 overflow-hidden rounded-lg border border-line bg-surface">
      <div className="flex items-baseline gap-2 px-4 pb-1 pt-3 lg:px-5 lg:pt-3.5">
        <h2 id="h-rules" className="font-semibold">
          Top rules by saving
        </h2>
        {rules.of > 0 ? (
          <span className="tn text-xs text-ink3">
            {rules.rows.length} of {rules.of}
          </span>
        ) : null}
        <Link href={paths.rules()} className="ml-auto text-xs font-medium text-accent">
          All rules
        </Link>
      </div>
      {rules.rows.length === 0 ? (
        <Empty icon="rules" title="No rule was applied in this range.">
          <Link href={paths.rulesEdit()} className="font-medium text-accent">
            Write a rule
          </Link>
        </Empty>
      ) : (
        <DataTable
          label="Top rules by saving"
          rows={rules.rows}
          rowKey={(rule) => rule.ruleId}
          rowClassName={() => "relative hover:bg-sunken"}
          isBare
          headFrom="lg"
          columns={columns(top, range)}
        />
      )}
    </section>
  );
}

const columns = (top: number, range: string): Column<TopRule>[] => [
  {
    name: "Rule",
    headClassName: "pl-5",
    className: "py-2 pl-4 lg:pl-5",
    cell: (rule) => <Rule rule={rule} range={range} />,
  },
  {
    name: "Requests",
    figure: true,
    className: "hidden lg:table-cell",
    cell: (rule) => formatCount(rule.requests),
  },
  {
    name: "Errors",
    figure: true,
    headClassName: "pl-3",
    className: (rule) =>
      `hidden pl-3 lg:table-cell ${(ruleErrorRate(rule) ?? 0) > manyErrors ? "font-medium text-danger" : "text-ink2"}`,
    title: (rule) => `${formatCount(rule.errors)} of ${formatCount(rule.requests)}`,
    cell: (rule) => formatPercent(ruleErrorRate(rule)),
  },
  {
    name: "Saved",
    headClassName: "w-[168px] pl-8",
    className: "py-2 pl-3 pr-4 text-right lg:pl-8 lg:pr-0",
    cell: (rule) => <Saved rule={rule} top={top} />,
  },
  {
    name: "Since",
    figure: true,
    headClassName: "w-[104px] pr-5",
    className: "hidden whitespace-nowrap pr-5 text-xs text-ink3 lg:table-cell",
    cell: (rule) => <Since rule={rule} />,
  },
];

/** Route and note of a rule. The link covers the whole row. */
function Rule({ rule, range }: { rule: TopRule; range: string }) {
  return (
    <div className="flex flex-wrap items-center gap-x-3">
      <Link
        href={paths.activity({ range, rule: rule.ruleId, outcome: "overridden,fallback" })}
        className="after:absolute after:inset-0"
      >
        <RouteMark from={rule.from} to={rule.to} fromTier={rule.fromTier} toTier={rule.toTier} />
        <span className="sr-only">, its requests</span>
      </Link>
      <span className="w-full text-xs text-ink3 lg:w-auto">
        {rule.note}
        {rule.isLive ? null : <span className="ml-1">(not in the live version)</span>}
      </span>
    </div>
  );
}

function Saved({ rule, top }: { rule: TopRule; top: number }) {
  const isLoss = rule.savedNanoUsd?.startsWith("-") ?? false;
  return (
    <div className="flex items-center justify-end gap-2.5">
      <span aria-hidden="true" className="hidden h-2 flex-1 lg:block">
        <SavedBar amount={chartDollars(rule.savedNanoUsd ?? "0")} top={top} />
      </span>
      <span
        className={`w-[70px] font-medium ${isLoss ? "text-danger" : rule.savedNanoUsd === null ? "text-warn" : ""}`}
        title={formatMoneyExact(rule.savedNanoUsd)}
      >
        {formatMoneyShort(rule.savedNanoUsd)}
      </span>
    </div>
  );
}

function Since({ rule }: { rule: TopRule }) {
  if (rule.sinceVersion === null) return "–";
  return (
    <>
      <span className="font-mono text-2xs">v{rule.sinceVersion}</span>
      <span className="ml-2 inline-block w-9">{rule.sinceAt ? <Ago at={rule.sinceAt} /> : ""}</span>
    </>
  );
}

/** Bar of a saving (hatched) or a loss (solid, in the loss colour). */
function SavedBar({ amount, top }: { amount: number; top: number }) {
  if (top === 0 || amount === 0) return null;
  const width = `${Math.max((Math.abs(amount) / top) * 100, 4)}%`;
  const look = amount > 0 ? "hatch border border-saved" : "bg-danger";
  return <span className={`block h-full rounded-[2px] ${look}`} style={{ width }} />;
}
