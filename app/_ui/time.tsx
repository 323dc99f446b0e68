"use client";

import { createContext, type ReactNode, useContext } from "react";
import { formatInstant, formatRelative } from "#core/report/format.ts";

const Zone = createContext("UTC");

/** Provides the reporting zone for exact times below it. */
export const ZoneProvider = ({ zone, children }: { zone: string; children: ReactNode }) => (
  <Zone.Provider value={zone}>{children}</Zone.Provider>
);

/**
 * Relative time, past or to come, with the exact time in the reporting zone on hover. `suffix` (" ago", " left") joins
 * it unless that is now. Server and browser may differ by a second, which does not matter.
 */
export function Ago({ at, suffix }: { at: string; suffix?: string }) {
  const zone = useContext(Zone);
  const atMs = new Date(at).getTime();
  const text = formatRelative(atMs, Date.now());
  return (
    <time dateTime={at} title={formatInstant(atMs, zone)} suppressHydrationWarning className="whitespace-nowrap">
      {withSuffix(text, suffix)}
    </time>
  );
}

export const withSuffix = (relative: string, suffix = ""): string =>
  relative !== "now" ? relative + suffix : suffix === " ago" ? "just now" : relative;

/** A time to the second, in the reporting zone. Server and browser may name a zone differently. */
export function Instant({ at }: { at: string }) {
  const zone = useContext(Zone);
  return (
    <time dateTime={at} suppressHydrationWarning className="whitespace-nowrap">
      {formatInstant(new Date(at).getTime(), zone)}
    </time>
  );
}
