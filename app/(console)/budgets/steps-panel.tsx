import { Panel } from "#app/_ui/panel.tsx";
import { formatMoney, formatMoneyExact } from "#core/report/format.ts";
import { dayLabel } from "#core/time/range.ts";
import type { BudgetsView, BudgetView, StepView } from "./queries.ts";
import { formatDay } from "./words.ts";

/** What happens at each step of a budget, and when. */
export function StepsPanel({ budget, period }: { budget: BudgetView; period: BudgetsView["period"] }) {
  const year = period.today.slice(0, 4);
  return (
    <Panel title="What happens, and when" flush>
      <ol className="divide-y divide-line">
        {budget.steps.map((step) => (
          <li key={step.percent} className="grid grid-cols-[52px_1fr] gap-3 px-4 py-3">
            <span
              className={`h-5 rounded-sm text-center text-xs font-semibold leading-5 ${step.breach.kind === "reached" ? "bg-warnsoft text-warn" : "bg-sunken text-ink2"}`}
            >
              {step.percent}%
            </span>
            <div className="min-w-0">
              <p className="flex flex-wrap items-baseline justify-between gap-x-3">
                <span className="font-medium">{step.percent === 100 ? "Block" : "Warn"}</span>
                <span className="tn text-xs text-ink2" title={formatMoneyExact(step.nanoUsd)}>
                  {formatMoney(step.nanoUsd)} · {formatWhen(step, year)}
                </span>
              </p>
              <p className="text-xs text-ink2">
                {step.percent === 100
                  ? blockWords(budget, period)
                  : "The alert “Budget nearly used” is sent, unless it was changed. Requests go on."}
              </p>
            </div>
          </li>
        ))}
      </ol>
    </Panel>
  );
}

function formatWhen({ reachedDay, breach }: StepView, year: string): string {
  if (reachedDay !== null) return formatDay(reachedDay, year);
  switch (breach.kind) {
    case "reached":
      return "reached";
    case "breaks":
      return formatDay(breach.day, year);
    case "may-break":
      return `perhaps, from ${formatDay(breach.earliestDay, year)} on`;
    case "holds":
      return "not this month";
    case "unknown":
      return "cannot be projected";
  }
}

/** What Claude Code shows then. */
function blockWords({ kind, name, unit, limitNanoUsd }: BudgetView, { toDay, zone }: BudgetsView["period"]): string {
  const whose = {
    organisation: "This organisation",
    key: "This proxy key",
    person: "The owner of this proxy key",
    team: `The team ${name}`,
    project: `The project ${name}`,
  };
  const amount = formatMoneyExact(limitNanoUsd);
  const used = unit === "plan" ? `used up its plan value of ${amount}` : `spent its ${amount}`;
  return `Claude Code shows: “${whose[kind]} has ${used} of this month …”. The month ends on ${dayLabel(toDay, toDay.slice(0, 4))}, 00:00 ${zone}.`;
}
