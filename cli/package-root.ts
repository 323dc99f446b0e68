import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { invariant } from "#core/invariant.ts";

/**
 * Finds the folder CCO is installed in. It is found upwards from this file, which lies in `cli/` as source and in
 * `dist/` as a bundle.
 */
export function packageRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) {
    invariant(dirname(folder) !== folder, "CCO's package.json is not where it belongs");
    folder = dirname(folder);
  }
  return folder;
}

export function packageVersion(): string {
  const manifest: { version?: string } = JSON.parse(readFileSync(join(packageRoot(), "package.json"), "utf8"));
  return manifest.version ?? "0.0.0";
}
