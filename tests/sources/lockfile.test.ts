import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

interface LockEntry {
  version?: string;
  resolved?: string;
  optionalDependencies?: Record<string, string>;
}

const lock: { packages: Record<string, LockEntry> } = JSON.parse(readFileSync("package-lock.json", "utf8"));
const manifest: Record<"dependencies" | "devDependencies", Record<string, string>> = JSON.parse(
  readFileSync("package.json", "utf8"),
);

/** Lowest versions without a known advisory. The gate for upgrades, since no advisory feed can be counted on everywhere. */
const floors: Record<string, string> = {
  next: "16.3.3",
  react: "19.2.6",
  "react-dom": "19.2.6",
  "next-auth": "4.24.15",
  ws: "8.23.0",
};

describe("the lockfile", () => {
  it("contains every optional dependency it names, so that `npm ci` works on every platform", () => {
    const missing = Object.entries(lock.packages).flatMap(([at, entry]) =>
      Object.keys(entry.optionalDependencies ?? {})
        .filter((name) => !isLocked(at, name))
        .map((name) => `${at}: ${name}`),
    );

    expect(missing).toEqual([]);
  });

  it("contains no download address", () => {
    const addresses = Object.entries(lock.packages).filter(([, entry]) => entry.resolved?.startsWith("http"));

    expect(addresses).toEqual([]);
  });

  it("follows exact pins only", () => {
    const ranges = Object.entries({ ...manifest.dependencies, ...manifest.devDependencies }).filter(
      ([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version),
    );

    expect(ranges).toEqual([]);
  });

  it.each(Object.entries(floors))("keeps %s at or above %s", (name, floor) => {
    const version = lock.packages[`node_modules/${name}`]?.version ?? "0.0.0";

    expect(compareVersions(version, floor)).toBeGreaterThanOrEqual(0);
  });
});

/** Node's own look-up: from the package outward to the root. */
function isLocked(from: string, name: string): boolean {
  let at = from;
  for (;;) {
    if (lock.packages[`${at ? `${at}/` : ""}node_modules/${name}`]) return true;
    if (!at) return false;
    at = at.slice(0, Math.max(0, at.lastIndexOf("node_modules/") - 1));
  }
}

function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((version) => version.split(".").map(Number));
  for (let index = 0; index < 3; index += 1) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}
