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
  /** Preselects the browser's zone. */
  suggestBrowserZone?: boolean;
  disabled?: boolean;
}) {
  const [options, setOptions] = useState<readonly ComboOption[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the suggestion is made once, when the form appears
  useEffect(() => {
    const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
    setOptions(zoneOptions(browserZone, Intl.supportedValuesOf("timeZone")));
    if (suggestBrowserZone && !fixed) onChange(browserZone);
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

/** Options: the browser's zone, UTC, then the others by name. */
export function zoneOptions(browserZone: string, zones: readonly string[]): ComboOption[] {
  const first = browserZone === "UTC" ? ["UTC"] : [browserZone, "UTC"];
  return [...first, ...zones.filter((zone) => !first.includes(zone))].map((zone) => ({
    value: zone,
    label: zone.replaceAll("_", " "),
    ...(zone === browserZone ? { note: "this browser" } : {}),
  }));
}
