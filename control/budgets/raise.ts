import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { findBudgetPeriod } from "#core/access/budget-period.ts";
import { budgetUnits } from "#core/access/budget-raise.ts";
import { MONTHLY_BUDGET_MAX_NANO_USD } from "#core/access/key-limits.ts";
import { holderKinds } from "#core/access/limit-holder.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { toFixedDollars } from "#core/money/nano-usd.ts";
import { addDays, dayStartMs, isDay, toDayKey } from "#core/time/instant.ts";
import { endBudgetRaise, findBudgetRaise, insertBudgetRaise } from "#store/budget-raises.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { invalidField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { newId } from "../secrets.ts";
import { organisationName, reportingZone } from "../settings/read.ts";
import { type HeldBudget, isSameBudget, listHeldBudgets } from "./holders.ts";
import { type RaiseView, raiseView } from "./raise-view.ts";

const AMOUNT = "Write an amount in dollars, such as 20 or 12.50; in the API whole nano-dollars, such as 20000000000.";
/** A budget that is larger for longer is another budget. */
const DAYS_MAX = 366;

const raiseInput = z.strictObject({
  kind: z.enum(holderKinds, "Choose key, person, team, project or organisation."),
  holder: z.string("Name the holder.").min(1, "Name the holder.").max(256, "Use at most 256 characters."),
  unit: z.enum(budgetUnits, "Choose dollars or plan.").default("dollars"),
  nanoUsd: z
    .int(AMOUNT)
    .min(10_000_000, "Raise it by at least one cent.")
    .max(MONTHLY_BUDGET_MAX_NANO_USD, "Raise it by at most 1,000,000 dollars."),
  /** Last day on which the raise holds, in the reporting zone; without it until the budget's period ends. */
  until: z.string().refine(isDay, "Write a day, such as 2026-12-24.").nullish(),
});

/**
 * Makes one budget larger until a day is over. Every proxy applies it within its next poll, and ends it by its clock. Raises of one budget add up. Throws `request.invalid` with the field where there is no such budget, where the day is
 * over, and where the sum would pass the largest budget.
 */
export async function raiseBudget(actor: Actor, input: unknown, deps: ControlDeps): Promise<{ raise: RaiseView }> {
  requirePermission(actor, "budgets.raise");
  const { kind, holder, unit, nanoUsd, until } = parseInput(raiseInput, input);
  const [zone, organisation] = await Promise.all([reportingZone(deps), organisationName(deps)]);
  const raise = await mutate(actor, deps, async (tx, at) => {
    const nowMs = at.getTime();
    const endsAtMs = findEnd(until ?? null, nowMs, zone);
    const budget = (await listHeldBudgets(tx, nowMs, organisation)).find((one) =>
      isSameBudget(one, { kind, holder, unit }),
    );
    if (budget === undefined) throw invalidField("holder", formatMissing(kind, unit));
    requireRoom(budget, nanoUsd);
    const who = { actorId: actor.id, actorName: actor.name };
    const row = { id: newId("rse"), kind, holder, unit, nanoUsd, createdAtMs: nowMs, endsAtMs, ...who };
    await insertBudgetRaise(tx, row);
    const after = { ...toAudited(budget, nanoUsd), until: toLastDay(endsAtMs, zone) };
    await recordAudit(tx, actor, { action: "budgets.raise", object: { kind, id: holder }, after }, at);
    return row;
  });
  return { raise: raiseView(raise, zone) };
}

/** Ends a raise before its day. Spending beyond the smaller budget is not undone; further requests are refused. */
export async function endRaise(actor: Actor, id: string, deps: ControlDeps): Promise<Record<string, never>> {
  requirePermission(actor, "budgets.raise");
  const organisation = await organisationName(deps);
  await mutate(actor, deps, async (tx, at) => {
    const raise = await findBudgetRaise(tx, id, at.getTime());
    if (raise === null) throw new AppError("not-found", {}, "This raise has ended, or there is none of this id.");
    await endBudgetRaise(tx, id, at.getTime());
    const budget = (await listHeldBudgets(tx, at.getTime(), organisation)).find((one) => isSameBudget(one, raise));
    const before = toAudited(budget ?? { name: raise.holder, unit: raise.unit }, raise.nanoUsd);
    const object = { kind: raise.kind, id: raise.holder };
    await recordAudit(tx, actor, { action: "budgets.end-raise", object, before }, at);
  });
  return {};
}

function findEnd(until: string | null, nowMs: number, zone: string): number {
  if (until === null) return findBudgetPeriod("month", nowMs, zone).endsAtMs;
  const today = toDayKey(nowMs, zone);
  if (until < today) throw invalidField("until", "This day is over. Choose today or a later one.");
  if (until > addDays(today, DAYS_MAX)) throw invalidField("until", "Choose a day within a year.");
  return dayStartMs(addDays(until, 1), zone);
}

function requireRoom({ baseNanoUsd, raises }: HeldBudget, nanoUsd: number): void {
  const sum = raises.reduce((all, raise) => all + raise.nanoUsd, baseNanoUsd) + nanoUsd;
  if (sum > MONTHLY_BUDGET_MAX_NANO_USD) {
    throw invalidField("nanoUsd", "With this the budget would pass 1,000,000 dollars, the largest there is.");
  }
}

const formatMissing = (kind: string, unit: string): string =>
  `This ${kind} has no budget of ${unit === "plan" ? "plan value" : "dollars"}, so there is none to raise. Set one on the Team page.`;

const toAudited = ({ name, unit }: Pick<HeldBudget, "name" | "unit">, nanoUsd: number) => ({
  name,
  unit,
  nanoUsd,
  usd: toFixedDollars(BigInt(nanoUsd), 2),
});

/** The last day on which it holds. */
const toLastDay = (endsAtMs: number, zone: string): string => toDayKey(endsAtMs - 1, zone);
