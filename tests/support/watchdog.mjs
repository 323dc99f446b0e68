// Ends what a test process has started and left behind. Lines on standard input name processes: `+PID START` when one begins, `-PID` when
// it has ended; START is its start in clock ticks, because a number is used again. When the input ends, the test process is gone.
import { readdirSync, readFileSync } from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";

const watched = new Map();
for await (const line of createInterface({ input: process.stdin })) {
  const [pid, start] = line.slice(1).split(" ");
  if (line.startsWith("+")) watched.set(pid, start);
  else watched.delete(pid);
}
for (const [pid, start] of watched) if (readStat(pid)?.start === start) endTree(pid);

/** Parents first, so that none starts a child again. */
function endTree(pid) {
  const children = readdirSync("/proc").filter((name) => /^\d+$/.test(name) && readStat(name)?.parent === pid);
  try {
    process.kill(Number(pid), "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
  for (const child of children) endTree(child);
}

/** The parent and the start of a process: the fields behind its name, which may hold spaces. Null when it is gone. */
function readStat(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    return { parent: fields[1], start: fields[19] };
  } catch {
    return null;
  }
}
