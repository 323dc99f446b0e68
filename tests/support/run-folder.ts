// Short because Vitest calls it. It holds what all files of one run share, made before the first and removed after the
// last.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

/** Workers inherit the variable. */
export function setup(): () => void {
  const folder = mkdtempSync(join(tmpdir(), "cco-test-run-"));
  process.env.CCO_TEST_RUN_FOLDER = folder;
  return () => rmSync(folder, { recursive: true, force: true });
}
