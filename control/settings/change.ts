import * as z from "zod";
import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { AppError } from "#core/errors.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { nameField, parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { refuseStale, wasField } from "../seen-before.ts";
import { readSettings, type SettingsView } from "./read.ts";
import { zoneField } from "./zone-field.ts";

const changeInput = z.strictObject({
  organisation: nameField(60).optional(),
  reportingZone: zoneField.optional(),
  was: wasField(["organisation", "reportingZone"]).optional(),
});

/**
 * Changes the given settings and leaves the rest. A changed zone moves every day boundary, so the daily totals are
 * rebuilt for it. With `was`, what the sender saw, `changed-meanwhile` is thrown when one of these is another by now.
 */
export async function changeSettings(actor: Actor, input: unknown, deps: ControlDeps): Promise<SettingsView> {
  requirePermission(actor, "settings.change");
  const { was, ...wanted } = parseInput(changeInput, input);
  if (wanted.reportingZone !== undefined && deps.config.reportingZone !== null) {
    throw new AppError("request.invalid", {}, "The reporting zone is fixed by CCO_REPORTING_TZ on the server.");
  }
  await mutate(actor, deps, async (tx, at) => {
    const stored = {
      organisation: (await readSetting(tx, settingKey.organisation)) ?? "",
      reportingZone: deps.config.reportingZone ?? (await readSetting(tx, settingKey.reportingZone)) ?? "UTC",
    };
    const places = [{ action: "settings.change" }];
    await refuseStale(tx, { stored, was, wanted }, { what: "these settings", places });
    const before: Record<string, string | null> = {};
    const after: Record<string, string> = {};
    for (const name of ["organisation", "reportingZone"] as const) {
      const value = wanted[name];
      const current = await readSetting(tx, settingKey[name]);
      if (value === undefined || value === current) continue;
      before[name] = current;
      after[name] = value;
      await writeSetting(tx, settingKey[name], value, at);
    }
    if (Object.keys(after).length === 0) return;
    await recordAudit(tx, actor, { action: "settings.change", before, after }, at);
  });
  return readSettings(actor, deps);
}
