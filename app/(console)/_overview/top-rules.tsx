import Link from "next/link";
import { Empty } from "#app/_ui/empty.tsx";
import { RouteMark } from "#app/_ui/route-mark.tsx";
import { paths } from "#app/paths.ts";
import { manyErrors, ruleErrorRate } from "#core/costs/error-rate.ts";
import type { TopRule, TopRules } from "#core/costs/overview.ts";
import {
  chartDollars,
  formatCount,
  formatMoneyExact,
  formatMoneyShort,
  formatPercent,
  formatRelative,
} from "#core/report/format.ts";

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
        <table className="tn w-full text-left">
          <caption className="sr-only">Top rules by saving</caption>
          <thead className="sr-only text-xs text-ink3 lg:not-sr-only lg:table-header-group">
            <tr className="border-b border-line">
              <th scope="col" className="py-1.5 pl-5 font-normal">
                Rule
              </th>
              <th scope="col" className="py-1.5 text-right font-normal">
                Requests
              </th>
              <th scope="col" className="py-1.5 pl-3 text-right font-normal">
                Errors
              </th>
              <th scope="col" className="w-[168px] py-1.5 pl-8 font-normal">
                Saved
              </th>
              <th scope="col" className="w-[104px] py-1.5 pr-5 text-right font-normal">
                Since
              </th>
            </tr>
          </thead>
          <tbody className="divide-y divide-line">
            {rules.rows.map((rule) => (
              <RuleRow key={rule.ruleId} rule={rule} top={top} range={range} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

function RuleRow({ rule, top, range }: { rule: TopRule; top: number; range: string }) {
  const rate = ruleErrorRate(rule);
  const isLoss = rule.savedNanoUsd?.startsWith("-") ?? false;
  return (
    <tr className="relative hover:bg-sunken">
      <td className="py-2 pl-4 lg:pl-5">
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
      </td>
      <td className="hidden text-right lg:table-cell">{formatCount(rule.requests)}</td>
      <td
        className={`hidden pl-3 text-right lg:table-cell ${(rate ?? 0) > manyErrors ? "font-medium text-danger" : "text-ink2"}`}
        title={`${formatCount(rule.errors)} of ${formatCount(rule.requests)}`}
      >
        {formatPercent(rate)}
      </td>
      <td className="py-2 pl-3 pr-4 text-right lg:pl-8 lg:pr-0">
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
      </td>
      <td className="hidden whitespace-nowrap pr-5 text-right text-xs text-ink3 lg:table-cell">
        {rule.sinceVersion === null ? (
          "–"
        ) : (
          <>
            <span className="font-mono text-2xs">v{rule.sinceVersion}</span>
            <span className="ml-2 inline-block w-9" title={rule.sinceAt ?? undefined} suppressHydrationWarning>
              {rule.sinceAt ? formatRelative(Date.parse(rule.sinceAt), Date.now()) : ""}
            </span>
          </>
        )}
      </td>
    </tr>
  );
}

/** Bar of a saving (hatched) or a loss (solid, in the loss colour). */
function SavedBar({ amount, top }: { amount: number; top: number }) {
  if (top === 0 || amount === 0) return null;
  const width = `${Math.max((Math.abs(amount) / top) * 100, 4)}%`;
  const look = amount > 0 ? "hatch border border-saved" : "bg-danger";
  return <span className={`block h-full rounded-[2px] ${look}`} style={{ width }} />;
}
