import { readFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";

/**
 * Release of this process, from the package's manifest; the console's working folder is the package. Short because only
 * config reads files.
 */
export function packageVersion(): string {
  try {
    const manifest = JSON.parse(readFileSync(join(process.cwd(), "package.json"), "utf8")) as { version?: string };
    return manifest.version ?? "unknown";
  } catch {
    return "unknown";
  }
}
