import { outcomes } from "#core/activity/outcome.ts";
import { isRangeText } from "#core/time/range.ts";

/** Filters in the order they are offered. */
export const filterFields = ["outcome", "requested", "model", "project", "person", "key", "team", "rule"] as const;
export type FilterField = (typeof filterFields)[number];

/** View of the page. It is kept in the address, so that a link reproduces it. */
export interface ActivityView {
  tab: "requests" | "sessions";
  range: string;
  filters: Record<FilterField, string[]>;
  session: string | null;
  agent: string | null;
  /** `all` adds token counts and lists of models. */
  kind: "model" | "all";
  isLive: boolean;
  /** Id of the request in the sheet. */
  request: string | null;
}

const noFilters: ActivityView["filters"] = {
  outcome: [],
  requested: [],
  model: [],
  project: [],
  person: [],
  key: [],
  team: [],
  rule: [],
};

export const defaultView: ActivityView = {
  tab: "requests",
  range: "7d",
  filters: noFilters,
  session: null,
  agent: null,
  kind: "model",
  isLive: false,
  request: null,
};

type Params = Record<string, string | string[] | undefined>;

/** Parses search parameters. Missing or invalid ones become the default, so that old links open. */
export function readView(params: Params): ActivityView {
  const one = (name: string) => [params[name]].flat()[0] ?? "";
  const list = (name: string) => [
    ...new Set(
      one(name)
        .split(",")
        .filter((value) => value !== ""),
    ),
  ];
  const filters = Object.fromEntries(filterFields.map((field) => [field, list(field)])) as ActivityView["filters"];
  filters.outcome = filters.outcome.filter((value) => (outcomes as readonly string[]).includes(value));
  return {
    tab: one("tab") === "sessions" ? "sessions" : "requests",
    range: isRangeText(one("range")) ? one("range") : defaultView.range,
    filters,
    session: one("session").slice(0, 256) || null,
    agent: one("agent").slice(0, 256) || null,
    kind: one("kind") === "all" ? "all" : "model",
    isLive: one("live") === "1",
    request: one("request").slice(0, 64) || null,
  };
}

/** Formats the view as search parameters without defaults. */
export function viewParams(view: ActivityView): Record<string, string> {
  const params = scopeParams(view);
  if (view.range === defaultView.range) delete params.range;
  if (view.tab !== defaultView.tab) params.tab = view.tab;
  if (view.isLive) params.live = "1";
  if (view.request !== null) params.request = view.request;
  return params;
}

/** Parameters that every API query of the page needs. */
export function scopeParams({ range, filters, session, agent, kind }: Scope): Record<string, string> {
  const params: Record<string, string> = { range };
  for (const field of filterFields) if (filters[field].length > 0) params[field] = filters[field].join(",");
  if (session !== null) params.session = session;
  if (agent !== null) params.agent = agent;
  if (kind !== defaultView.kind) params.kind = kind;
  return params;
}

export type Scope = Pick<ActivityView, "range" | "filters" | "session" | "agent" | "kind">;

export const hasFilters = ({ filters, session, agent }: Scope): boolean =>
  session !== null || agent !== null || filterFields.some((field) => filters[field].length > 0);

/** The view without filters, keeping its days. */
export const withoutFilters = { filters: noFilters, session: null, agent: null } as const;
