import { mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Log } from "../process/log.ts";

const NAME = "rules-last-good.toml";

/** The rules kept beside the data, so that a file broken while the proxy was down still leaves rules to serve. */
export function readLastGood(dataDir: string): string | null {
  try {
    return readFileSync(join(dataDir, NAME), "utf8");
  } catch {
    return null;
  }
}

export function keepLastGood(dataDir: string, text: string, log: Log): void {
  const path = join(dataDir, NAME);
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 });
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (problem) {
    log.warn({ problem: String(problem) }, "the last good rules could not be kept");
  }
}
