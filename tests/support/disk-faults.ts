import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { findOrInstall } from "./debian.ts";
import { scratchFolder } from "./scratch.ts";

export interface DiskFaults {
  /** For the process whose disk is to fail. */
  env: Record<string, string>;
  begin(): void;
  end(): void;
  /** Every sync of a watched file, in order: how it ended, and of which file. */
  syncs(): { isRefused: boolean; path: string }[];
}

export interface FaultOptions {
  /** Files whose path holds this text. */
  path: string;
  seed?: number;
  /** In a hundred: syncs that fail, writes that fail, writes of which half gets in. */
  syncPercent?: number;
  eioPercent?: number;
  fullPercent?: number;
}

/** A disk that fails at random, by system calls replaced in one process. Never skipped: without a C compiler this throws. */
export function diskFaults({ path, seed = 1, syncPercent, eioPercent, fullPercent }: FaultOptions): DiskFaults {
  const folder = scratchFolder();
  const library = join(folder, "disk-faults.so");
  const compiler = findOrInstall(
    findCompiler,
    "build-essential",
    "These tests make a disk fail, for which they need a C compiler",
  );
  const source = join(import.meta.dirname, "disk-faults.c");
  execFileSync(compiler, ["-shared", "-fPIC", "-O1", "-o", library, source, "-ldl", "-lpthread"], { stdio: "pipe" });
  const [when, log] = [join(folder, "failing"), join(folder, "syncs")];
  return {
    env: {
      LD_PRELOAD: library,
      ...{ FAULT_PATH: path, FAULT_WHEN: when, FAULT_LOG: log, FAULT_SEED: String(seed) },
      FAULT_SYNC_PERCENT: String(syncPercent ?? 0),
      FAULT_EIO_PERCENT: String(eioPercent ?? 0),
      FAULT_FULL_PERCENT: String(fullPercent ?? 0),
    },
    begin: () => writeFileSync(when, ""),
    end: () => rmSync(when, { force: true }),
    syncs: () => (existsSync(log) ? readFileSync(log, "utf8") : "").split("\n").filter(Boolean).map(parseSync),
  };
}

function parseSync(line: string): { isRefused: boolean; path: string } {
  const at = line.indexOf(" ");
  return { isRefused: line.slice(0, at) === "refused", path: line.slice(at + 1) };
}

function findCompiler(): string | null {
  const places = (process.env.PATH ?? "").split(delimiter);
  return places.flatMap((place) => ["gcc", "cc"].map((name) => join(place, name))).find(existsSync) ?? null;
}
