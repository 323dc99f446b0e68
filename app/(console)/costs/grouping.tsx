"use client";

import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem } from "#app/_ui/menu.tsx";
import { type CostGroup, costGroups } from "#core/costs/cost-table.ts";
import type { CostView } from "./url.ts";

/** Names of the groupings, as the head of their column has them. */
export const groupNames: Record<CostGroup, string> = {
  day: "Day",
  week: "Week",
  month: "Month",
  model: "Model served",
  requested: "Model requested",
  project: "Project",
  team: "Team",
  person: "Person",
  key: "Proxy key",
  rule: "Rule",
  endpoint: "Endpoint",
};

/** Title of a table: "By project, then model served". */
export const groupingTitle = (group: CostGroup, split: CostGroup | null): string =>
  `By ${groupNames[group].toLowerCase()}${split === null ? "" : `, then ${groupNames[split].toLowerCase()}`}`;

/** Chooses the grouping of the table, and a second one within its rows. */
export function Grouping({
  view: { group, split },
  change,
}: {
  view: CostView;
  change: (part: Partial<CostView>) => void;
}) {
  return (
    <div className="flex flex-wrap items-center gap-2 text-xs text-ink3">
      Group by
      <GroupMenu
        label="Group by"
        value={group}
        groups={costGroups}
        onChange={(by) => by !== null && change({ group: by, split: split === by ? null : split, sort: null })}
      />
      then
      <GroupMenu
        label="Then by"
        value={split}
        groups={costGroups.filter((one) => one !== group)}
        hasNothing
        onChange={(by) => change({ split: by })}
      />
    </div>
  );
}

function GroupMenu({
  label,
  value,
  groups,
  hasNothing,
  onChange,
}: {
  label: string;
  value: CostGroup | null;
  groups: readonly CostGroup[];
  hasNothing?: boolean;
  onChange: (value: CostGroup | null) => void;
}) {
  const shown = value === null ? "Nothing" : groupNames[value];
  return (
    <Menu
      align="end"
      trigger={
        <button
          type="button"
          aria-label={`${label}: ${shown}`}
          className="inline-flex h-7 items-center gap-1 rounded-md border border-line bg-surface px-2 text-sm text-ink hover:bg-sunken"
        >
          {shown}
          <Icon name="down" className="size-3.5 text-ink3" />
        </button>
      }
    >
      {hasNothing ? <GroupItem name="Nothing" isOn={value === null} onSelect={() => onChange(null)} /> : null}
      {groups.map((group) => (
        <GroupItem key={group} name={groupNames[group]} isOn={group === value} onSelect={() => onChange(group)} />
      ))}
    </Menu>
  );
}

function GroupItem({ name, isOn, onSelect }: { name: string; isOn: boolean; onSelect: () => void }) {
  return (
    <MenuItem onSelect={onSelect}>
      <span className="flex-1">{name}</span>
      {isOn ? <Icon name="check" /> : null}
    </MenuItem>
  );
}
