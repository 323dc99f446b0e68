import { paths } from "#app/paths.ts";
import type { WhatChanged } from "#core/costs/what-changed-view.ts";
import { type CostView, scopeParams, viewParams } from "./url.ts";

type Line = WhatChanged["lines"][number];

/** A step of the waterfall. `from` and `to` are where its bar begins and ends, 0 to 1. */
export interface Step {
  key: string;
  name: Line["name"] | "before" | "after";
  label: string;
  detail: string;
  nanoUsd: string;
  session: string | null;
  from: number;
  to: number;
  isTotal: boolean;
}

/** Lays the lines out from the amount before to the amount after. Lines of nothing are left out. */
export function toSteps(data: WhatChanged): Step[] {
  const lines = data.lines.filter(({ nanoUsd }) => nanoUsd !== "0");
  const levels = [Number(data.previousCostNanoUsd)];
  for (const { nanoUsd } of lines) levels.push((levels.at(-1) ?? 0) + Number(nanoUsd));
  // From zero, so that the bars of both amounts can be compared.
  const [least, most] = [Math.min(0, ...levels), Math.max(1, ...levels)];
  const place = (level: number) => (level - least) / (most - least);
  const total = (name: "before" | "after", label: string, nanoUsd: string): Step => ({
    ...{ key: name, name, label, nanoUsd, session: null, isTotal: true },
    detail: name === "before" ? "the range before" : "this range",
    from: place(0),
    to: place(Number(nanoUsd)),
  });
  return [
    total("before", data.previous.label, data.previousCostNanoUsd),
    ...lines.map(({ name, cause, label, detail, nanoUsd, session }, at): Step => {
      const [from, to] = [place(levels[at] ?? 0), place(levels[at + 1] ?? 0)];
      return { key: `${name} ${cause}`, name, label, detail, nanoUsd, session, from, to, isTotal: false };
    }),
    total("after", data.range.label, data.costNanoUsd),
  ];
}

/** The page with the rows of a line; null for the totals. */
export function buildLineAddress({ name, session }: Step, view: CostView): string | null {
  const by = (group: CostView["group"]) => paths.costs(viewParams({ ...view, group, split: null, sort: null }));
  const { cmp: _cmp, ...scope } = scopeParams(view);
  switch (name) {
    case "before":
    case "after":
      return null;
    case "people":
      return by("person");
    case "sessions":
    case "asks":
      return paths.activity({ ...scope, tab: "sessions" });
    case "mix":
      return by("requested");
    case "rules":
      return by("rule");
    case "size":
      return by("model");
    case "prices":
      return paths.prices();
    case "response-cache":
    case "prompt-cache":
      return paths.cache({ range: view.range });
    case "outlier":
      return session === null ? null : paths.session(session);
    default:
      return paths.activity(scope);
  }
}
