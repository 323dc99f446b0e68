import type { KeyLimits } from "#core/access/key-limits.ts";
import { formatCount, formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";

/** Short descriptions of the limits, budgets first; empty when there are none. */
export function limitWords(limits: KeyLimits): string[] {
  const { monthlyBudgetNanoUsd, monthlyPlanNanoUsd, ...rest } = limits;
  const words: string[] = [];
  if (monthlyBudgetNanoUsd !== null) words.push(`${formatMoney(BigInt(monthlyBudgetNanoUsd))} per month`);
  if (monthlyPlanNanoUsd !== null) words.push(`${formatMoney(BigInt(monthlyPlanNanoUsd))} of plan value per month`);
  return [...words, ...otherLimitWords(rest)];
}

/** Short descriptions of all limits except budgets, for places that draw budgets as bars. */
export function otherLimitWords(limits: Omit<KeyLimits, "monthlyBudgetNanoUsd" | "monthlyPlanNanoUsd">): string[] {
  const { endpoints, models, requestsPerMinute, openRequestsMax } = limits;
  const words: string[] = [];
  if (models !== null)
    words.push(models.length <= 2 ? models.map(short).join(", ") : formatCounted(models.length, "model"));
  if (requestsPerMinute !== null) words.push(`${formatCount(requestsPerMinute)} per minute`);
  if (openRequestsMax !== null) words.push(`${formatCount(openRequestsMax)} concurrent`);
  if (endpoints === "messages") words.push("messages API only");
  return words;
}

const short = (model: string): string => model.replace(/^claude-/, "");
