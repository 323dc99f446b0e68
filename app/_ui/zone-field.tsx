"use client";

import { useEffect, useState } from "react";
import { ComboField, type ComboOption } from "./combo-field.tsx";

/** Field for the reporting zone, which offers the browser's first. The server validates it. */
export function ZoneField({
  value,
  onChange,
  fixed,
  error,
  suggestBrowserZone,
  disabled,
}: {
  value: string;
  onChange: (zone: string) => void;
  /** Zone set by the environment, which makes the field read-only. */
  fixed: string | null;
  error?: string | null;
  /** Preselects the browser's zone while `value` is empty. */
  suggestBrowserZone?: boolean;
  disabled?: boolean;
}) {
  const [options, setOptions] = useState<readonly ComboOption[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the suggestion is made once, when the field appears without a value
  useEffect(() => {
    const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    setOptions(zoneOptions(browserZone, Intl.supportedValuesOf("timeZone")));
    if (suggestBrowserZone && !fixed && value === "") onChange(currentName(browserZone));
  }, []);
  return (
    <ComboField
      label="Reporting zone"
      name="reportingZone"
      hint={
        fixed
          ? "Fixed by CCO_REPORTING_TZ on the server."
          : "Decides where a day begins in every chart, total and export."
      }
      error={error}
      disabled={fixed !== null || disabled}
      value={fixed ?? value}
      options={options}
      onChange={onChange}
    />
  );
}

/**
 * Zones that were renamed: browsers list one of the two, and people know either. `Intl` has no list of them;
 * these are the ones that engines still disagree on.
 */
const renamed: readonly (readonly [old: string, current: string])[] = [
  ["Africa/Asmera", "Africa/Asmara"],
  ["America/Buenos_Aires", "America/Argentina/Buenos_Aires"],
  ["America/Catamarca", "America/Argentina/Catamarca"],
  ["America/Coral_Harbour", "America/Atikokan"],
  ["America/Cordoba", "America/Argentina/Cordoba"],
  ["America/Godthab", "America/Nuuk"],
  ["America/Indianapolis", "America/Indiana/Indianapolis"],
  ["America/Jujuy", "America/Argentina/Jujuy"],
  ["America/Louisville", "America/Kentucky/Louisville"],
  ["America/Mendoza", "America/Argentina/Mendoza"],
  ["Asia/Calcutta", "Asia/Kolkata"],
  ["Asia/Katmandu", "Asia/Kathmandu"],
  ["Asia/Rangoon", "Asia/Yangon"],
  ["Asia/Saigon", "Asia/Ho_Chi_Minh"],
  ["Atlantic/Faeroe", "Atlantic/Faroe"],
  ["Europe/Kiev", "Europe/Kyiv"],
  ["Pacific/Enderbury", "Pacific/Kanton"],
  ["Pacific/Ponape", "Pacific/Pohnpei"],
  ["Pacific/Truk", "Pacific/Chuuk"],
];
const currentNames = new Map(renamed);
const oldNames = new Map(renamed.map(([old, current]) => [current, old]));

/**
 * Lists the time zones to choose from: the browser's zone, UTC, then all others by name. Each is under its current
 * name, which is what is chosen. It is found under its old one, too.
 */
export function zoneOptions(browserZone: string, zones: readonly string[]): ComboOption[] {
  const first = browserZone === "UTC" ? ["UTC"] : [browserZone, "UTC"];
  const offered = new Set(first.map(currentName));
  return [...first, ...zones.filter((zone) => !offered.has(currentName(zone)))].map((zone) => ({
    value: currentName(zone),
    label: currentName(zone).replaceAll("_", " "),
    also: oldNames.get(currentName(zone)) ?? "",
    ...(zone === browserZone ? { note: "this browser" } : {}),
  }));
}

const currentName = (zone: string): string => currentNames.get(zone) ?? zone;
