import type { CostGroup, DescribeRow } from "#core/costs/cost-table.ts";
import { findTier } from "#core/costs/model-key.ts";
import { monthLabel, weekdayLabel, weekLabel, weekOfDay } from "#core/costs/slots.ts";
import { listPeople } from "#store/people.ts";
import { proxyKeyNames } from "#store/proxy-keys.ts";
import type { RollupDim } from "#store/rollup-columns.ts";
import type { ControlDeps } from "../deps.ts";
import { ruleFacts } from "./rule-facts.ts";

/** Column of the rollup behind each grouping. */
export const columnOf = {
  day: "day",
  week: "day",
  month: "day",
  model: "servedModel",
  requested: "requestedModel",
  project: "project",
  team: "team",
  person: "personId",
  key: "proxyKeyId",
  rule: "ruleId",
  endpoint: "endpoint",
} as const satisfies Record<CostGroup, RollupDim | "day">;

/** Builds the key of a row from the value of its column. */
export function toGroupKey(group: CostGroup, value: string): string {
  if (value === "") return "";
  if (group === "week") return weekOfDay(value);
  return group === "month" ? value.slice(0, "2026-11".length) : value;
}

const nameless: Record<CostGroup, string> = {
  day: "",
  week: "",
  month: "",
  model: "No model",
  requested: "No model",
  project: "No project",
  team: "No team",
  person: "Unassigned",
  key: "No key",
  rule: "No rule",
  endpoint: "",
};

/** Finds the names of the rows of a grouping. `keys`: those of its rows; `thisYear`: days of other years name theirs. */
export async function describeRows(
  group: CostGroup,
  keys: Iterable<string>,
  thisYear: string,
  deps: ControlDeps,
): Promise<DescribeRow> {
  const byLabel =
    (label: (key: string) => string | undefined): DescribeRow =>
    (key) => ({ label: label(key) || key || nameless[group], tier: null });
  switch (group) {
    case "day":
      return byLabel((day) => weekdayLabel(day, thisYear));
    case "week":
      return byLabel((monday) => weekLabel(monday, thisYear));
    case "month":
      return byLabel((month) => monthLabel(month, ""));
    case "model":
    case "requested":
      return (id) => ({ label: id || nameless[group], tier: findTier(deps.config.catalogue, id) });
    case "person": {
      const names = new Map((await listPeople(deps.db)).map((person) => [person.id, person.name]));
      return byLabel((id) => names.get(id));
    }
    case "key": {
      const names = await proxyKeyNames(deps.db, [...new Set(keys)]);
      return byLabel((id) => names.get(id));
    }
    case "rule": {
      const facts = await ruleFacts(new Set([...keys].filter((id) => id !== "")), deps);
      return byLabel((id) => formatRule(facts.get(id)));
    }
    case "endpoint":
      return byLabel((name) => name.charAt(0).toUpperCase() + name.slice(1));
    default:
      return byLabel((name) => name);
  }
}

function formatRule(fact: { from: string; to: string; note: string | null } | undefined): string | undefined {
  if (fact === undefined) return undefined;
  return `${fact.from} → ${fact.to}${fact.note === null ? "" : `: ${fact.note}`}`;
}
