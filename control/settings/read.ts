import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { ControlDeps } from "../deps.ts";

export interface SettingsView {
  organisation: string;
  reportingZone: string;
  /** True when the operator fixed the zone in the environment; then nobody changes it here. */
  isZoneFixed: boolean;
}

/** Everything the settings page changes. */
export async function readSettings(actor: Actor, deps: ControlDeps): Promise<SettingsView> {
  requirePermission(actor, "settings.read");
  const [organisation, zone] = await Promise.all([organisationName(deps), reportingZone(deps)]);
  return { organisation, reportingZone: zone, isZoneFixed: deps.config.reportingZone !== null };
}

/** The organisation's name, shown on every page; not a secret to anybody signed in. */
export async function organisationName(deps: ControlDeps): Promise<string> {
  return (await readSetting(deps.db, settingKey.organisation)) ?? "";
}

/** The zone that decides what a day is: the operator's, else the one chosen in the console, else UTC. */
export async function reportingZone(deps: ControlDeps): Promise<string> {
  return deps.config.reportingZone ?? (await readSetting(deps.db, settingKey.reportingZone)) ?? "UTC";
}
