"use client";

import { Button } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel } from "#app/_ui/menu.tsx";
import { type AuditView, scopeParams } from "./url.ts";

/** Menu to download all entries that match the filters. Short because it is one control of the page's head. */
export function ExportMenu({ view, zone }: { view: AuditView; zone: string }) {
  const download = (format: "csv" | "jsonl") => {
    location.assign(`/api/audit/export?${new URLSearchParams({ ...scopeParams(view, zone), format })}`);
  };
  return (
    <Menu
      trigger={
        <Button>
          Export
          <Icon name="down" className="size-3.5" />
        </Button>
      }
    >
      <MenuLabel>The entries shown, all pages</MenuLabel>
      <MenuItem onSelect={() => download("csv")}>CSV, for a spreadsheet</MenuItem>
      <MenuItem onSelect={() => download("jsonl")}>JSONL, with hashes</MenuItem>
    </Menu>
  );
}
