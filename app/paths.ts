import { errorPath } from "#core/errors.ts";

/** Addresses of all console pages. Links are built here only. */
export const paths = {
  overview: (params: Record<string, string> = {}) => withParams("/", params),
  rules: () => "/rules",
  /** The editor, at a line of the text. */
  rulesEdit: (line?: number) => withParams("/rules/edit", line ? { line: String(line) } : {}),
  /** Rules, with the dialog that rolls back to this version open. */
  rulesRollBack: (number: number) => `/rules?roll-back=${number}`,
  ruleVersion: (number: number) => `/rules/versions/${number}`,
  ruleCompare: (from: number, to: number, view = "meaning") =>
    withParams(`/rules/versions/${to}`, { with: String(from), ...(view === "meaning" ? {} : { view }) }),
  costs: (params: Record<string, string> = {}) => withParams("/costs", params),
  budgets: (params: Record<string, string> = {}) => withParams("/budgets", params),
  budgetsCsv: () => "/api/reports/budgets.csv",
  prices: (params: Record<string, string> = {}) => withParams("/prices", params),
  costsCsv: (params: Record<string, string> = {}) => withParams("/api/reports/costs.csv", params),
  requestsCsv: (params: Record<string, string> = {}) => withParams("/api/reports/requests.csv", params),
  activity: (params: Record<string, string> = {}) => withParams("/activity", params),
  /** Activity, with the sheet of one request open. */
  request: (id: string) => withParams("/activity", { request: id }),
  /** Activity, narrowed to one session. */
  session: (id: string) => withParams("/activity", { session: id }),
  cache: (params: Record<string, string> = {}) => withParams("/cache", params),
  terminal: () => "/terminal",
  connect: (params: Record<string, string> = {}) => withParams("/connect", params),
  team: () => "/team",
  alerts: (params: Record<string, string> = {}) => withParams("/alerts", params),
  audit: (params: Record<string, string> = {}) => withParams("/audit", params),
  settings: () => "/settings",
  backupFile: (name: string) => `/api/backups/${encodeURIComponent(name)}/file`,
  signIn: (next?: string) => withParams("/sign-in", next ? { next } : {}),
  /** The steps between the first account and the first request. */
  firstRun: (step?: "rule") => withParams("/first-run", step ? { step } : {}),
  /** What each refusal means; open to everybody, as refusals are. */
  errors: () => "/errors",
  error: errorPath,
  setup: () => "/setup",
  invite: (token: string) => `/invite/${encodeURIComponent(token)}`,
  reset: (token: string) => `/reset/${encodeURIComponent(token)}`,
} as const;

function withParams(path: string, params: Record<string, string>): string {
  const query = new URLSearchParams(params);
  return query.size > 0 ? `${path}?${query}` : path;
}
