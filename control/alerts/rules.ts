import type { AlertKind, AlertSettings } from "#core/alerts/alert-kind.ts";
import { type AlertKindName, alertKindNames, alertKinds } from "#core/alerts/alert-kinds.ts";
import { type AlertRuleRow, listAlertRules } from "#store/alerts.ts";

/** An alert as it is in force. */
export interface AlertRule {
  id: string;
  kindName: AlertKindName;
  kind: AlertKind;
  name: string;
  isOn: boolean;
  settings: AlertSettings;
  channels: readonly string[];
  snoozedUntil: Date | null;
  nowText: string | null;
  missing: number;
  lookedAt: Date | null;
}

/**
 * Lists every alert. There is one of each kind, whose id is the kind's name, as it was changed or as it is at first.
 * Those that were added follow. An alert of a kind unknown to this release is left out.
 */
export async function readAlertRules(db: Parameters<typeof listAlertRules>[0]): Promise<AlertRule[]> {
  const rows = new Map((await listAlertRules(db)).map((row) => [row.id, row]));
  const builtIn = alertKindNames.map((name) => toRule(rows.get(name) ?? builtInRow(name, new Date(0)))).filter(isKnown);
  const added = [...rows.values()].filter(({ id }) => !alertKindNames.some((name) => name === id)).map(toRule);
  return [...builtIn, ...added.filter(isKnown)];
}

const isKnown = (rule: AlertRule | null): rule is AlertRule => rule !== null;

function toRule(row: AlertRuleRow): AlertRule | null {
  const kindName = alertKindNames.find((name) => name === row.kind);
  if (kindName === undefined) return null;
  return {
    id: row.id,
    kindName,
    kind: alertKinds[kindName],
    name: row.name,
    isOn: row.isOn,
    settings: {
      threshold: row.threshold,
      minimumSample: row.minimumSample,
      holdMs: row.holdS * 1_000,
      coolDownMs: row.coolDownS * 1_000,
    },
    channels: row.channels === "" ? [] : row.channels.split(","),
    snoozedUntil: row.snoozedUntil,
    nowText: row.nowText,
    missing: row.missing,
    lookedAt: row.lookedAt,
  };
}

/** The row of an alert. */
export const toRow = (rule: AlertRule, updatedAt: Date): AlertRuleRow => ({
  id: rule.id,
  kind: rule.kindName,
  name: rule.name,
  isOn: rule.isOn,
  threshold: rule.settings.threshold,
  minimumSample: rule.settings.minimumSample,
  holdS: Math.round(rule.settings.holdMs / 1_000),
  coolDownS: Math.round(rule.settings.coolDownMs / 1_000),
  channels: rule.channels.join(","),
  snoozedUntil: rule.snoozedUntil,
  nowText: rule.nowText,
  missing: rule.missing,
  lookedAt: rule.lookedAt,
  updatedAt,
});

function builtInRow(kindName: AlertKindName, updatedAt: Date): AlertRuleRow {
  const { name, isOnAtFirst, defaults } = alertKinds[kindName];
  const fields = { id: kindName, kindName, kind: alertKinds[kindName], name, isOn: isOnAtFirst, settings: defaults };
  return toRow({ ...fields, channels: [], snoozedUntil: null, nowText: null, missing: 0, lookedAt: null }, updatedAt);
}

/** Longest snooze; one that ends later was set by a clock that was ahead. */
export const SNOOZE_HOURS_MAX = 24 * 30;

/** When its snooze ends; null while it is not snoozed. */
export function snoozeEnd({ snoozedUntil }: Pick<AlertRule, "snoozedUntil">, at: Date): Date | null {
  const leftMs = (snoozedUntil?.getTime() ?? 0) - at.getTime();
  return leftMs > 0 && leftMs <= SNOOZE_HOURS_MAX * 3_600_000 + 600_000 ? snoozedUntil : null;
}
