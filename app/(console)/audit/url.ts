import { addDays, dayStartMs } from "#core/time/instant.ts";

/** Filters of the audit log, kept in the address. */
export interface AuditView {
  /** A noun with all its verbs, or one exact action; empty: all events. */
  action: string;
  /** Id of the person; empty: any person. */
  actor: string;
  /** Days of the reporting zone, YYYY-MM-DD, both included; empty: unbounded. */
  from: string;
  to: string;
}

/** Every entry. */
export const defaultView: AuditView = { action: "", actor: "", from: "", to: "" };

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters; invalid ones are dropped. */
export function readView(params: Params): AuditView {
  const one = (name: string) => [params[name]].flat()[0] ?? "";
  const day = (name: string) =>
    /^\d{4}-\d{2}-\d{2}$/.test(one(name)) && !Number.isNaN(Date.parse(one(name))) ? one(name) : "";
  return {
    action: /^[a-z-]+(\.[a-z-]+)?$/.test(one("action")) ? one("action") : "",
    actor: one("actor").slice(0, 64),
    from: day("from"),
    to: day("to"),
  };
}

/** Formats the view as search parameters without defaults. */
export const viewParams = (view: AuditView): Record<string, string> =>
  Object.fromEntries(Object.entries(view).filter(([, value]) => value !== ""));

export const hasFilters = (view: AuditView): boolean => Object.keys(viewParams(view)).length > 0;

/** Parameters of the API for the view: instants, half-open. */
export function scopeParams({ action, actor, from, to }: AuditView, zone: string): Record<string, string> {
  const query: Record<string, string> = {};
  if (action) query.action = action;
  if (actor) query.actor = actor;
  if (from) query.from = new Date(dayStartMs(from, zone)).toISOString();
  if (to) query.to = new Date(dayStartMs(addDays(to, 1), zone)).toISOString();
  return query;
}
