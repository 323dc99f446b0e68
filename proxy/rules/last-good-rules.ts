import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { lastGoodRulesFile } from "#config/kept-state-file.ts";
import { makeFolder } from "#store/make-folder.ts";
import type { Log } from "../process/log.ts";

/** The rules to start with where the file cannot be read; null where none were kept. */
export function readLastGood(dataDir: string): string | null {
  try {
    return readFileSync(lastGoodRulesFile(dataDir), "utf8");
  } catch {
    return null;
  }
}

/** Keeps rules that were taken, for a start without a database. A failure is logged, and traffic goes on. */
export function keepLastGood(dataDir: string, text: string, log: Log): void {
  const path = lastGoodRulesFile(dataDir);
  try {
    makeFolder(dataDir);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  } catch (problem) {
    log.warn({ problem: String(problem) }, "the last good rules could not be kept");
  }
}
