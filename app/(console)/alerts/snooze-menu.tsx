"use client";

import { Button } from "#app/_ui/button.tsx";
import { Icon } from "#app/_ui/icon.tsx";
import { Menu, MenuItem, MenuLabel, MenuSeparator } from "#app/_ui/menu.tsx";
import type { AlertRuleView } from "./queries.ts";
import { useSnooze } from "./use-alert-actions.ts";
import { formatMoment } from "./words.ts";

const choices = [
  { hours: 1, label: "1 hour" },
  { hours: 4, label: "4 hours" },
  { hours: 24, label: "1 day" },
  { hours: 168, label: "1 week" },
] as const;

/** Menu that snoozes an alert, or ends its snooze. */
export function SnoozeMenu({ rule, zone }: { rule: AlertRuleView; zone: string }) {
  const { snoozedUntil } = rule;
  return (
    <Menu
      trigger={
        <Button aria-label={snoozedUntil === null ? `Snooze ${rule.name}` : `Snoozed: ${rule.name}`}>
          {snoozedUntil === null ? "Snooze" : "Snoozed"}
          <Icon name="down" className="size-3.5 text-ink3" />
        </Button>
      }
    >
      <MenuLabel>
        {snoozedUntil === null ? "Send nothing about it for" : `Snoozed until ${formatMoment(snoozedUntil, zone)}`}
      </MenuLabel>
      {choices.map((choice) => (
        <SnoozeItem key={choice.hours} rule={rule} {...choice} />
      ))}
      {snoozedUntil === null ? null : (
        <>
          <MenuSeparator />
          <SnoozeItem rule={rule} hours={0} label="End the snooze" />
        </>
      )}
    </Menu>
  );
}

function SnoozeItem({ rule, hours, label }: { rule: AlertRuleView; hours: number; label: string }) {
  const { run } = useSnooze(rule, hours, label);
  return <MenuItem onSelect={() => void run()}>{label}</MenuItem>;
}
