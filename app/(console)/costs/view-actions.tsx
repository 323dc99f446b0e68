"use client";

import { IconButton } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem } from "#app/_ui/menu.tsx";
import { paths } from "#app/paths.ts";
import type { RangeView } from "#core/costs/chart-series.ts";
import { RangePicker } from "../_parts/range-picker.tsx";
import { FilterButton, FilterChips } from "./filter-bar.tsx";
import { type CostView, exportParams, hasFilters } from "./url.ts";

type Change = (part: Partial<CostView>) => void;

/**
 * Filters, range and export in the head of a page; the last two fold on phones.
 * Long because wide screens and phones have different controls for the same actions.
 */
export function ViewActions({
  view,
  range,
  previous,
  change,
  canExport,
}: {
  view: CostView;
  range: RangeView | undefined;
  previous: RangeView | null | undefined;
  change: Change;
  canExport: boolean;
}) {
  const csv = paths.costsCsv(exportParams(view));
  return (
    <>
      <div className="hidden items-center gap-2 lg:flex">
        <FilterButton view={view} change={change} />
      </div>
      <div className="hidden min-w-0 max-w-[420px] items-center gap-2 xl:flex">
        <FilterChips view={view} change={change} />
      </div>
      <div className="lg:hidden">
        <FilterButton view={view} change={change} compact />
      </div>
      <RangePicker view={view} range={range} previous={previous} change={change} />
      {canExport ? (
        <>
          <a
            href={csv}
            download
            className="hidden h-8 items-center rounded-md bg-solid px-3 font-medium text-onsolid hover:opacity-90 lg:flex"
          >
            Export
          </a>
          <div className="lg:hidden">
            <Menu
              trigger={
                <IconButton label="More" className="border border-line bg-surface">
                  <Icon name="dots" />
                </IconButton>
              }
            >
              <MenuItem onSelect={() => window.location.assign(csv)}>
                <Icon name="download" />
                Export as CSV
              </MenuItem>
            </Menu>
          </div>
        </>
      ) : null}
    </>
  );
}

/** Filter chips, where the head has no room for them. */
export function ChipRow({ view, change }: { view: CostView; change: Change }) {
  if (!hasFilters(view)) return null;
  return (
    <div className="flex flex-wrap gap-2 xl:hidden">
      <FilterChips view={view} change={change} />
    </div>
  );
}
