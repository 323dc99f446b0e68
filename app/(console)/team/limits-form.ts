import type { KeyEndpoints, KeyLimits } from "#core/access/key-limits.ts";

/** The limits of a key as a person types them. */
export interface LimitsForm {
  endpoints: KeyEndpoints;
  models: string;
  requestsPerMinute: string;
  openRequestsMax: string;
}

export const noLimits: LimitsForm = { endpoints: "all", models: "", requestsPerMinute: "", openRequestsMax: "" };

export function formOf({ endpoints, models, requestsPerMinute, openRequestsMax }: KeyLimits): LimitsForm {
  return {
    endpoints,
    models: models?.join(", ") ?? "",
    requestsPerMinute: requestsPerMinute?.toString() ?? "",
    openRequestsMax: openRequestsMax?.toString() ?? "",
  };
}

/** What is sent. A number that is none goes as it is typed, so that the server says what is wrong with it. */
export function limitsOf({ endpoints, models, requestsPerMinute, openRequestsMax }: LimitsForm) {
  return {
    endpoints,
    models: models.split(/[\s,]+/).filter((model) => model !== ""),
    requestsPerMinute: countOf(requestsPerMinute),
    openRequestsMax: countOf(openRequestsMax),
  };
}

const countOf = (typed: string): number | string | null => {
  const text = typed.trim();
  if (text === "") return null;
  return /^\d{1,9}$/.test(text) ? Number(text) : text;
};
