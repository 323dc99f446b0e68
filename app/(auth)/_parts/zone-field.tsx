"use client";

import { useEffect, useState } from "react";
import { SelectField } from "#app/_ui/field.tsx";

/** The zone that decides what a day is. The list is the browser's own; the server has the last word. */
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
  suggestBrowserZone?: boolean;
  disabled?: boolean;
}) {
  const [zones, setZones] = useState<readonly string[]>([]);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the suggestion is made once, when the form appears
  useEffect(() => {
    setZones(Intl.supportedValuesOf("timeZone").filter((zone) => zone !== "UTC"));
    if (suggestBrowserZone && !fixed) onChange(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  }, []);
  const shown = fixed ?? value;
  const hint = fixed
    ? "Fixed by CCO_REPORTING_TZ on the server."
    : "Decides where a day begins in every chart, total and export.";
  return (
    <SelectField
      label="Reporting zone"
      name="reportingZone"
      hint={hint}
      error={error}
      disabled={fixed !== null || disabled}
      value={shown}
      onChange={(event) => onChange(event.target.value)}
    >
      <option value="UTC">UTC</option>
      {shown !== "UTC" && !zones.includes(shown) ? <option value={shown}>{shown}</option> : null}
      {zones.map((zone) => (
        <option key={zone} value={zone}>
          {zone.replaceAll("_", " ")}
        </option>
      ))}
    </SelectField>
  );
}
