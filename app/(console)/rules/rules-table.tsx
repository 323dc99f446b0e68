import { Badge } from "#app/_ui/badge.tsx";
import { LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { Empty } from "#app/_ui/empty.tsx";
import { Link } from "#app/_ui/link.tsx";
import { Panel } from "#app/_ui/panel.tsx";
import { RouteMark } from "#app/_ui/route-mark.tsx";
import { type Column, DataTable } from "#app/_ui/table.tsx";
import { paths } from "#app/paths.ts";
import { manyErrors, ruleErrorRate } from "#core/costs/error-rate.ts";
import { chartDollars, formatCount, formatMoneyExact, formatMoneyShort, formatPercent } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import type { RuleRow } from "./queries.ts";

const formWords = { rule: "rule", "per-model": "entry", pair: "pair" } as const;
const fallbackWords = { "on-refusal": null, "on-overload": "falls back on overload", never: "no fallback" } as const;

/** Live rules in match order. A row links to its line in the editor. */
export function RulesTable({
  rules,
  statsDays,
  isReadOnly,
}: {
  rules: readonly RuleRow[];
  statsDays: number | null;
  isReadOnly: boolean;
}) {
  const top = Math.max(...rules.map((rule) => Math.abs(chartDollars(rule.stats?.savedNanoUsd ?? "0"))), 0);
  const count = formatCounted(rules.length, "rule");
  return (
    <Panel title="Rules in match order" aside={<span className="tn text-ink3">{count}, first match wins</span>} flush>
      {rules.length === 0 ? (
        <Empty icon="rules" title="No rule yet: every request gets the model it asks for.">
          {isReadOnly ? null : (
            <div className="mt-3">
              <LinkButton href={paths.rulesEdit()}>Write the first rule</LinkButton>
            </div>
          )}
        </Empty>
      ) : (
        <div className="relative overflow-x-auto">
          <DataTable
            label="Rules in match order"
            rows={rules}
            rowKey={(rule) => `${rule.id}-${rule.line}`}
            rowClassName={(rule) => cx("group relative hover:bg-sunken", !rule.enabled && "text-ink3")}
            isBare
            headFrom="md"
            columns={columns(statsDays, top, isReadOnly)}
          />
        </div>
      )}
    </Panel>
  );
}

/** Columns of the rules; without statistics the last two are missing. */
const columns = (days: number | null, top: number, isReadOnly: boolean): Column<RuleRow>[] => [
  {
    name: "#",
    headClassName: "w-10 pl-4 lg:pl-5",
    className: "py-2 pl-4 pr-3 align-top text-xs leading-5 text-ink3 lg:pl-5",
    cell: (_rule, index) => index + 1,
  },
  {
    name: "Rule",
    className: "w-full max-w-0 py-2 pr-3 align-top md:pr-2",
    cell: (rule) => <Rule rule={rule} isReadOnly={isReadOnly} />,
  },
  {
    name: "Written",
    headClassName: "w-[112px] pl-3 last:pr-4 lg:last:pr-5",
    className:
      "hidden whitespace-nowrap py-2 pl-3 align-top text-xs leading-5 text-ink3 last:pr-4 md:table-cell lg:last:pr-5",
    cell: (rule) => `${formWords[rule.form]}, line ${rule.line}`,
  },
  ...(days === null ? [] : statsColumns(days, top)),
];

const statsColumns = (days: number, top: number): Column<RuleRow>[] => [
  {
    name: "Requests",
    figure: true,
    headClassName: "w-[84px] pl-3",
    className: "hidden py-2 pl-3 align-top md:table-cell",
    cell: (rule) =>
      rule.stats && (
        <>
          <RequestCount rule={rule} days={days} requests={rule.stats.requests} />
          <ErrorShare stats={rule.stats} />
        </>
      ),
  },
  {
    name: "Saved",
    head: `Saved, ${days} d`,
    figure: true,
    headClassName: "w-[150px] pl-5 pr-4 lg:pr-5",
    className: "hidden py-2 pl-5 pr-4 align-top md:table-cell lg:pr-5",
    cell: ({ stats }) =>
      stats && (
        <span className="flex items-center justify-end gap-2.5">
          <SavedBar amount={chartDollars(stats.savedNanoUsd ?? "0")} top={top} />
          <span className="min-w-[58px]">
            <Saved stats={stats} />
          </span>
        </span>
      ),
  },
];

/** Route, note, conditions and, on phones, figures of a rule. The link covers the whole row. */
function Rule({ rule, isReadOnly }: { rule: RuleRow; isReadOnly: boolean }) {
  return (
    <>
      <div className="flex flex-wrap items-center gap-x-3">
        <Link href={paths.rulesEdit(rule.line)} className="min-w-0 max-w-full after:absolute after:inset-0">
          <RouteMark from={rule.from} to={rule.to} fromTier={rule.fromTier} toTier={rule.toTier} />
          <span className="sr-only">
            , {isReadOnly ? "view" : "edit"} line {rule.line}
          </span>
        </Link>
        {rule.note ? (
          <span className="min-w-0 truncate text-xs text-ink2" title={rule.note}>
            {rule.note}
          </span>
        ) : null}
      </div>
      <Chips rule={rule} />
      {rule.stats ? (
        <p className="mt-1 text-xs text-ink3 md:hidden">
          {formatCounted(rule.stats.requests, "request")} · <Saved stats={rule.stats} />
        </p>
      ) : null}
    </>
  );
}

/** Number of requests a rule applied to, with a link to them. */
function RequestCount({ rule, days, requests }: { rule: RuleRow; days: number; requests: number }) {
  if (requests === 0) return <span className="text-ink3">{formatCount(requests)}</span>;
  const address = paths.activity({ range: `${days}d`, rule: rule.id, outcome: "overridden" });
  return (
    <Link href={address} className="relative z-[1] inline-block min-h-6 hover:underline">
      {formatCount(requests)}
      <span className="sr-only"> {pluralize(requests, "request")} of this rule</span>
    </Link>
  );
}

/** Conditions and options of a rule as chips; most rules have none. */
function Chips({ rule }: { rule: RuleRow }) {
  const fallback = fallbackWords[rule.fallback];
  const chips = [
    ...(rule.percentage === 100 ? [] : [`${rule.percentage}% of sessions`]),
    ...rule.conditions,
    ...(fallback ? [fallback] : []),
  ];
  if (chips.length === 0 && rule.enabled) return null;
  return (
    <ul className="mt-1 flex flex-wrap gap-1">
      {rule.enabled ? null : (
        <li>
          <Badge tone="warn">off</Badge>
        </li>
      )}
      {chips.map((chip) => (
        <li key={chip} className="max-w-full">
          <span
            title={chip}
            className="block truncate rounded-sm border border-line bg-surface px-1.5 text-2xs leading-[18px] text-ink2"
          >
            {chip}
          </span>
        </li>
      ))}
    </ul>
  );
}

type Stats = NonNullable<RuleRow["stats"]>;

function Saved({ stats }: { stats: Stats }) {
  if (stats.requests === 0) return <span className="text-ink3">–</span>;
  const isLoss = stats.savedNanoUsd?.startsWith("-") ?? false;
  return (
    <span
      className={cx("font-medium", isLoss ? "text-danger" : stats.savedNanoUsd === null ? "text-warn" : "text-ink")}
      title={`${formatMoneyExact(stats.savedNanoUsd)}${stats.unpriced > 0 ? `, ${formatCounted(stats.unpriced, "request")} unpriced` : ""}`}
    >
      {formatMoneyShort(stats.savedNanoUsd)}
    </span>
  );
}

function ErrorShare({ stats }: { stats: Stats }) {
  const share = ruleErrorRate(stats);
  if ((share ?? 0) <= manyErrors) return null;
  return <span className="block whitespace-nowrap text-xs font-medium text-danger">{formatPercent(share)} errors</span>;
}

/** Bar of a saving (hatched) or a loss (solid, in the loss colour). */
function SavedBar({ amount, top }: { amount: number; top: number }) {
  if (top === 0 || amount === 0) return null;
  const width = `${Math.max((Math.abs(amount) / top) * 100, 6)}%`;
  return (
    <span aria-hidden="true" className="block h-2 w-14">
      <span
        className={`block h-full rounded-[2px] ${amount > 0 ? "hatch border border-saved" : "bg-danger"}`}
        style={{ width }}
      />
    </span>
  );
}
