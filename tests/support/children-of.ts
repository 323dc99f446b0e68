import { readdirSync, readFileSync } from "node:fs";

/** The processes a process has started and not yet lost. */
export function childrenOf(pid: number): number[] {
  const parentOf = (child: string) => {
    try {
      return Number(/^PPid:\s+(\d+)/m.exec(readFileSync(`/proc/${child}/status`, "utf8"))?.[1]);
    } catch {
      return 0;
    }
  };
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === pid)
    .map(Number);
}
