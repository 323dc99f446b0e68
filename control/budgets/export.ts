import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { toDollars } from "#core/money/nano-usd.ts";
import { type CsvColumn, csvLines } from "#core/report/csv.ts";
import { inTransaction } from "#store/transaction.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { type BudgetView, listBudgets } from "./list.ts";

/**
 * Exports every budget as CSV: the rows of the page, with dollars of nine decimals. What cannot be projected is an empty
 * cell. Every export is in the audit log.
 */
export async function exportBudgets(
  actor: Actor,
  deps: ControlDeps,
): Promise<{ fileName: string; lines: Iterable<string> }> {
  requirePermission(actor, "costs.export");
  const { budgets, period } = await listBudgets(actor, deps);
  const fileName = `cco_budgets_${period.fromDay}_${period.toDay}_${period.zone.replace(/[^\w+-]+/g, "-")}.csv`;
  const after = { range: `${period.fromDay}..${period.toDay}`, zone: period.zone, rows: budgets.length };
  const fact = { action: "budgets.export", object: { kind: "report", id: fileName }, after };
  await inTransaction(deps.db, (tx) => recordAudit(tx, actor, fact, deps.now()));
  return { fileName, lines: csvLines(columns(period), budgets) };
}

type Column = CsvColumn<BudgetView>;
const text = (header: string, value: Column["value"]): Column => ({ header, kind: "text", value });
const dollars = (header: string, value: (budget: BudgetView) => string | null): Column => {
  const toCell = (nanoUsd: string | null) => (nanoUsd === null ? null : toDollars(BigInt(nanoUsd)));
  return { header, kind: "number", value: (budget) => toCell(value(budget)) };
};

/** Days are whole days of the reporting zone; the period's end is not included. */
function columns({ fromDay, toDay, zone }: { fromDay: string; toDay: string; zone: string }): Column[] {
  return [
    text("period_from", () => fromDay),
    text("period_to", () => toDay),
    text("time_zone", () => zone),
    text("kind", ({ kind }) => kind),
    text("holder", ({ holder }) => holder),
    text("name", ({ name }) => name),
    text("unit", ({ unit }) => unit),
    dollars("budget_usd", ({ baseNanoUsd }) => baseNanoUsd),
    dollars("budget_with_raises_usd", ({ limitNanoUsd }) => limitNanoUsd),
    text("raised_until", ({ raises }) => raises.map(({ untilDay }) => untilDay).join(" ") || null),
    dollars("spent_usd", ({ spentNanoUsd }) => spentNanoUsd),
    dollars("left_usd", ({ leftNanoUsd }) => leftNanoUsd),
    { header: "unpriced_requests", kind: "number", value: ({ unpriced }) => unpriced },
    dollars("lands_usd", ({ landing }) => (landing.kind === "projected" ? landing.landsNanoUsd : null)),
    dollars("lands_low_usd", ({ landing }) => (landing.kind === "projected" ? landing.lowNanoUsd : null)),
    dollars("lands_high_usd", ({ landing }) => (landing.kind === "projected" ? landing.highNanoUsd : null)),
    text("breach", ({ steps }) => steps.at(-1)?.breach.kind ?? null),
    text("breaks_on", ({ steps }) => findBreakDay(steps.at(-1))),
  ];
}

function findBreakDay(step: BudgetView["steps"][number] | undefined): string | null {
  if (step === undefined) return null;
  return step.reachedDay ?? (step.breach.kind === "breaks" ? step.breach.day : null);
}
