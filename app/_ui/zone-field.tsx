"use client";

import { useEffect, useState } from "react";
import { ComboField, type ComboOption } from "./combo-field.tsx";

/** The zone that decides what a day is: the browser's own is offered first. The server has the last word. */
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
  /** The operator's choice in the environment; then there is nothing to choose here. */
  fixed: string | null;
  error?: string | null;
  /** The browser's zone is chosen already when the form appears. */
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

/** The browser's zone, UTC, then all others by name. */
export function zoneOptions(browserZone: string, zones: readonly string[]): ComboOption[] {
  const first = browserZone === "UTC" ? ["UTC"] : [browserZone, "UTC"];
  return [...first, ...zones.filter((zone) => !first.includes(zone))].map((zone) => ({
    value: zone,
    label: zone.replaceAll("_", " "),
    ...(zone === browserZone ? { note: "this browser" } : {}),
  }));
}
