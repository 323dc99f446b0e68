import type { KeyEndpoints, KeyLimits } from "#core/access/key-limits.ts";
import { NANO_PER_USD, toDollarNumber } from "#core/money/nano-usd.ts";

/** Limits as text fields of a form. */
export interface LimitsForm {
  endpoints: KeyEndpoints;
  models: string;
  requestsPerMinute: string;
  openRequestsMax: string;
  /** In dollars. */
  monthlyBudget: string;
  /** In dollars of plan value. */
  monthlyPlan: string;
}

export const noLimits: LimitsForm = {
  endpoints: "all",
  models: "",
  requestsPerMinute: "",
  openRequestsMax: "",
  monthlyBudget: "",
  monthlyPlan: "",
};

/** Writes limits as the texts of the form; no limit is an empty field. */
export function toForm({
  endpoints,
  models,
  monthlyBudgetNanoUsd,
  monthlyPlanNanoUsd,
  ...counts
}: KeyLimits): LimitsForm {
  const { requestsPerMinute, openRequestsMax } = counts;
  return {
    endpoints,
    models: models?.join(", ") ?? "",
    requestsPerMinute: requestsPerMinute?.toString() ?? "",
    openRequestsMax: openRequestsMax?.toString() ?? "",
    monthlyBudget: typedDollars(monthlyBudgetNanoUsd),
    monthlyPlan: typedDollars(monthlyPlanNanoUsd),
  };
}

/**
 * Limits as sent to the server: an empty field as null, no limit. Invalid numbers are sent as typed, so that the server
 * describes the problem.
 */
export function toLimits(form: LimitsForm) {
  const { endpoints, models, requestsPerMinute, openRequestsMax, monthlyBudget, monthlyPlan } = form;
  return {
    endpoints,
    models: parseModels(models),
    requestsPerMinute: parseCount(requestsPerMinute),
    openRequestsMax: parseCount(openRequestsMax),
    monthlyBudgetNanoUsd: parseDollars(monthlyBudget),
    monthlyPlanNanoUsd: parseDollars(monthlyPlan),
  };
}

const typedDollars = (nanoUsd: number | null): string => (nanoUsd === null ? "" : String(toDollarNumber(nanoUsd)));

/** Parses "50", "12.50", "$1,000" to nano-dollars; cents are the finest unit of a budget. */
export const parseDollars = (typed: string): number | string | null => {
  const text = typed.replace(/[\s$,]/g, "");
  if (text === "") return null;
  const found = /^(\d{1,9})(?:\.(\d{1,2}))?$/.exec(text);
  if (found === null) return typed;
  return (Number(found[1]) * 100 + Number((found[2] ?? "").padEnd(2, "0"))) * (Number(NANO_PER_USD) / 100);
};

const parseModels = (typed: string): string[] | null => {
  const models = typed.split(/[\s,]+/).filter((model) => model !== "");
  return models.length === 0 ? null : models;
};

const parseCount = (typed: string): number | string | null => {
  const text = typed.trim();
  if (text === "") return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
};
