import { readFileSync } from "node:fs";
import type { SqlConnection } from "#store/sql.ts";

/** `sysconf(_SC_CLK_TCK)` of every Linux that Node runs on. */
const TICKS_PER_S = 100;

/** CPU seconds that a PostgreSQL server of this machine has taken, its ended sessions included; a function that reads them. */
export async function serverCpu(connection: SqlConnection): Promise<() => number> {
  const [row] = await connection.all("SELECT pg_backend_pid() AS pid");
  const postmaster = readStat(Number(row?.pid)).parent;
  return () => {
    // A session that ends meanwhile would be missing: then all of it is read again.
    for (let tries = 0; tries < 10; tries += 1) {
      const seconds = readSeconds(postmaster);
      if (seconds !== null) return seconds;
    }
    throw new Error("Sessions of the server end faster than they can be read.");
  };
}

function readSeconds(postmaster: number): number | null {
  try {
    const children = readFileSync(`/proc/${postmaster}/task/${postmaster}/children`, "utf8").trim().split(" ");
    const own = readStat(postmaster);
    const running = children.filter(Boolean).map((pid) => readStat(Number(pid)).ticks);
    return (own.ticks + own.endedTicks + running.reduce((sum, ticks) => sum + ticks, 0)) / TICKS_PER_S;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function readStat(pid: number): { parent: number; ticks: number; endedTicks: number } {
  const text = readFileSync(`/proc/${pid}/stat`, "utf8");
  // The name, in parentheses, may hold spaces; the state follows it.
  const fields = text
    .slice(text.lastIndexOf(")") + 2)
    .split(" ")
    .map(Number);
  const [parent = 0, user = 0, system = 0, endedUser = 0, endedSystem = 0] = [1, 11, 12, 13, 14].map(
    (at) => fields[at],
  );
  return { parent, ticks: user + system, endedTicks: endedUser + endedSystem };
}
