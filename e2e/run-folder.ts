import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Playwright's global set-up: a folder that all workers of a run share, gone after it. Short because Playwright loads it by its path. */
export default function makeRunFolder(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "cco-e2e-run-"));
  process.env.CCO_E2E_RUN_FOLDER = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
