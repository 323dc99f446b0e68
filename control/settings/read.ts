import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { readDaysChange } from "#store/days-change.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { ControlDeps } from "../deps.ts";

export interface SettingsView {
  organisation: string;
  /** Chosen zone. Days are shown in `zoneInForce` until those of the chosen zone are complete. */
  reportingZone: string;
  zoneInForce: string;
  /** Null: no change of the zone is in progress. */
  zoneChange: ZoneChange | null;
  /** Whether the operator fixed the zone in the environment; the console then cannot change it. */
  isZoneFixed: boolean;
}

/** Progress of building the days of the chosen zone. */
export interface ZoneChange {
  to: string;
  daysDone: number;
  daysTotal: number;
}

/** Reads everything the settings page changes. */
export async function readSettings(actor: Actor, deps: ControlDeps): Promise<SettingsView> {
  requirePermission(actor, "settings.read");
  const [organisation, zone] = await Promise.all([organisationName(deps), readZone(deps)]);
  return { organisation, ...zone, isZoneFixed: deps.config.reportingZone !== null };
}

/** Reads the chosen zone, the one in force, and the change in progress. */
export async function readZone(
  deps: ControlDeps,
): Promise<Pick<SettingsView, "reportingZone" | "zoneInForce" | "zoneChange">> {
  const [chosen, inForce, change] = await Promise.all([chosenZone(deps), reportingZone(deps), readDaysChange(deps.db)]);
  if (chosen === inForce) return { reportingZone: chosen, zoneInForce: inForce, zoneChange: null };
  const isOurs = change?.zone === chosen;
  const daysTotal = isOurs ? daysBetween(change.fromDay, change.lastDay) + 1 : 0;
  const daysDone = isOurs ? Math.min(daysTotal, daysBetween(change.fromDay, change.nextDay)) : 0;
  return { reportingZone: chosen, zoneInForce: inForce, zoneChange: { to: chosen, daysDone, daysTotal } };
}

const DAY_MS = 86_400_000;
const daysBetween = (from: string, to: string): number => Math.round((Date.parse(to) - Date.parse(from)) / DAY_MS);

/** Reads the organisation's name, shown on every page; not a secret to signed-in people. */
export async function organisationName(deps: ControlDeps): Promise<string> {
  return (await readSetting(deps.db, settingKey.organisation)) ?? "";
}

/**
 * Reads the zone that defines a day, everywhere: the one whose days are complete. A chosen zone comes into force, on
 * all screens at once, when its days are built; before the first record that is at once.
 */
export async function reportingZone(deps: ControlDeps): Promise<string> {
  return (await readSetting(deps.db, settingKey.dayZone)) || chosenZone(deps);
}

/** Reads the operator's zone, else the one chosen in the console, else UTC. */
async function chosenZone(deps: ControlDeps): Promise<string> {
  return deps.config.reportingZone ?? (await readSetting(deps.db, settingKey.reportingZone)) ?? "UTC";
}
