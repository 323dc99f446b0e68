import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";

/** A sixth of the share of a thread that answers callers, where both want one processor: half as much again as it needs. */
const NICE = 8;

/**
 * Lets the threads that answer callers go first: what the ledger writes later is late for a chart, what they do later
 * is late for a person. Linux keeps priorities by thread; elsewhere, and where it is not allowed, nothing happens.
 * Short because it concerns the operating system alone.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), NICE);
  } catch {
    // no such file, or not allowed: then all threads are equal
  }
}
