import { execFileSync, spawnSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readdirSync, rmSync, statSync, writeSync } from "node:fs";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { type SpoolIo, systemIo } from "#proxy/spool/segment.ts";
import { scratchFolder } from "./scratch.ts";

export interface SmallDisk {
  folder: string;
  /** The system calls to use on it. */
  io: SpoolIo;
  kind: "mounted" | "modelled";
}

/**
 * Makes a disk that is soon full. It is a real one where this machine lets us mount it, else the system calls of one,
 * with its short writes and refusals. Either way the same test runs.
 */
export function smallDisk(bytes: number): SmallDisk {
  const folder = join(scratchFolder(), "small");
  mkdirSync(folder);
  return mountSmall(folder, bytes)
    ? { folder, io: systemIo, kind: "mounted" }
    : { folder, io: buildModel(folder, bytes), kind: "modelled" };
}

/** Mounts a disk of this many bytes for the duration of the test; false where that is not allowed. `ro`: none can write. */
export function mountSmall(folder: string, bytes: number, rights: "rw" | "ro" = "rw"): boolean {
  const mounted = spawnSync("mount", ["-t", "tmpfs", "-o", `size=${bytes},${rights}`, "tmpfs", folder]);
  if (mounted.status !== 0) return false;
  onTestFinished(() => void execFileSync("umount", ["-l", folder]));
  return true;
}

function buildModel(folder: string, bytes: number): SpoolIo {
  const used = () =>
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
      .reduce((total, stat) => total + (stat?.isFile() ? stat.size : 0), 0);
  return {
    ...systemIo,
    writeSync(fd, line) {
      const room = bytes - used();
      if (room <= 0) throw Object.assign(new Error("ENOSPC"), { code: "ENOSPC" });
      return writeSync(fd, line, 0, Math.min(room, line.length));
    },
  };
}

/** Takes all the room that is left on a mounted disk; returns the way to give it back. */
export function fillUp(folder: string): () => void {
  const path = join(folder, "filler");
  const fd = openSync(path, "w");
  for (let size = 64 * 1024; size >= 1; size = Math.floor(size / 2)) {
    try {
      for (const chunk = Buffer.alloc(size); ; ) if (writeSync(fd, chunk) < size) break;
    } catch {
      // no room for so much: try with less
    }
  }
  closeSync(fd);
  return () => rmSync(path);
}
