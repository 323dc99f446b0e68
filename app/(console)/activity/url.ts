import { outcomes } from "#core/activity/outcome.ts";
import { isRangeText } from "#core/time/range.ts";

/** What can be narrowed, in the order it is offered. */
export const filterFields = ["outcome", "requested", "model", "project", "person", "key", "team", "rule"] as const;
export type FilterField = (typeof filterFields)[number];

/** Everything the page lets a person choose. It lives in the address, so a link shows what its sender saw. */
export interface ActivityView {
  tab: "requests" | "sessions";
  range: string;
  filters: Record<FilterField, string[]>;
  session: string | null;
  agent: string | null;
  /** `all` adds token counts and lists of models. */
  kind: "model" | "all";
  isLive: boolean;
  /** The request whose sheet is open. */
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

/** Reads search parameters. What is missing or makes no sense becomes the default: an old link still opens. */
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

/** The same view as search parameters; defaults are left out, so addresses stay short. */
export function viewParams(view: ActivityView): Record<string, string> {
  const params = scopeParams(view);
  if (view.range === defaultView.range) delete params.range;
  if (view.tab !== defaultView.tab) params.tab = view.tab;
  if (view.isLive) params.live = "1";
  if (view.request !== null) params.request = view.request;
  return params;
}

/** What every question to the API is asked about. */
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

/** The view without anything that narrows it but its days. */
export const withoutFilters = { filters: noFilters, session: null, agent: null } as const;
