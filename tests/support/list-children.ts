import { readdirSync, readFileSync } from "node:fs";

/** The processes a process has started and not yet lost. */
export function listChildren(pid: number): number[] {
  const readParent = (child: string) => {
    try {
      return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1]);
    } catch {
      return 0;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && readParent(name) === pid)
    .map(Number);
}
