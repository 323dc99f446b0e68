import { spawnSync } from "node:child_process";
import process from "node:process";

/** What `find` finds, installing a Debian package where that is possible; fails with `reason` where it is not. Never skips. */
export function findOrInstall(find: () => string | null, debianPackage: string, reason: string): string {
  const found = find();
  if (found !== null) return found;
  if (process.getuid?.() === 0 && spawnSync("apt-get", ["--version"]).status === 0) {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    spawnSync("apt-get", ["update"], { env, stdio: "ignore" });
    spawnSync("apt-get", ["install", "-y", "--no-install-recommends", debianPackage], { env, stdio: "ignore" });
    const installed = find();
    if (installed !== null) return installed;
  }
  throw new Error(`${reason} (Debian and Ubuntu: apt-get install ${debianPackage}).`);
}
