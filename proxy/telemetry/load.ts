import type { TelemetrySettings } from "#config/read-telemetry.ts";
import type { TelemetryOptions } from "./start.ts";
import type { Telemetry } from "./telemetry.ts";

/** The bundle of the SDK, beside the bundle of this file. Not a byte of it is read unless it is wanted. */
const BUNDLE = new URL("./telemetry.mjs", import.meta.url);

/** Starts telemetry where a collector is named; null otherwise. */
export async function loadTelemetry(
  settings: TelemetrySettings | null,
  options: Omit<TelemetryOptions, "settings">,
): Promise<Telemetry | null> {
  if (settings === null) return null;
  const { startTelemetry } = (await import(BUNDLE.href)) as typeof import("./start.ts");
  return startTelemetry({ settings, ...options });
}
