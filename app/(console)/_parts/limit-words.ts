import type { KeyLimits } from "#core/access/key-limits.ts";
import { formatCount, formatMoney } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";

/** The limits in few words, the tightest thing to know first; empty when there are none. */
export function limitWords(limits: KeyLimits): string[] {
  const { monthlyBudgetNanoUsd, monthlyPlanNanoUsd, ...rest } = limits;
  const words: string[] = [];
  if (monthlyBudgetNanoUsd !== null) words.push(`${formatMoney(BigInt(monthlyBudgetNanoUsd))} a month`);
  if (monthlyPlanNanoUsd !== null) words.push(`${formatMoney(BigInt(monthlyPlanNanoUsd))} of plan value a month`);
  return [...words, ...otherLimitWords(rest)];
}

/** The limits that are no budgets, for a place that draws the budgets. */
export function otherLimitWords(limits: Omit<KeyLimits, "monthlyBudgetNanoUsd" | "monthlyPlanNanoUsd">): string[] {
  const { endpoints, models, requestsPerMinute, openRequestsMax } = limits;
  const words: string[] = [];
  if (models !== null)
    words.push(models.length <= 2 ? models.map(short).join(", ") : formatCounted(models.length, "model"));
  if (requestsPerMinute !== null) words.push(`${formatCount(requestsPerMinute)} a minute`);
  if (openRequestsMax !== null) words.push(`${formatCount(openRequestsMax)} at once`);
  if (endpoints === "messages") words.push("messages only");
  return words;
}

const short = (model: string): string => model.replace(/^claude-/, "");
