import { readlinkSync } from "node:fs";
import { setPriority } from "node:os";
import { basename } from "node:path";

/**
 * Nice value that leaves a sixth of the share of a thread that answers callers. It applies where both want one
 * processor, and is half as much again as the ledger needs.
 */
const NICE = 8;

/**
 * Lowers the priority of the ledger's thread, so that the threads that answer callers go first. What the ledger writes
 * later is late for a chart. What the other threads do later is late for a person. Linux keeps priorities by thread.
 * Elsewhere, and where it is not allowed, nothing happens. Short because it concerns the operating system alone.
 */
export function lowerThreadPriority(): void {
  if (process.platform !== "linux") return;
  try {
    setPriority(Number(basename(readlinkSync("/proc/thread-self"))), NICE);
  } catch {
    // no such file, or not allowed: then all threads are equal
  }
}
