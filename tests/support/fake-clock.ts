import { existsSync, readdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findOrInstall } from "./debian.ts";
import { scratchFolder } from "./scratch.ts";

export interface FakeClock {
  /** For the process whose wall clock is to jump. Its monotonic clock stays true. */
  env: Record<string, string>;
  /** Sets its wall clock so much ahead of the machine's (behind, when negative), at once and while it runs. */
  setAhead(ms: number): void;
}

/** A wall clock that jumps in one process, by Debian's libfaketime. Never skipped: without it this throws. */
export function fakeClock(): FakeClock {
  const library = findOrInstall(
    findLibrary,
    "faketime",
    "These tests make the clock jump, for which they need libfaketime",
  );
  const file = join(scratchFolder(), "ahead");
  const setAhead = (ms: number) => {
    writeFileSync(`${file}.new`, `${ms < 0 ? "" : "+"}${(ms / 1000).toFixed(3)}\n`);
    renameSync(`${file}.new`, file);
  };
  setAhead(0);
  return {
    env: {
      LD_PRELOAD: library,
      FAKETIME_TIMESTAMP_FILE: file,
      FAKETIME_NO_CACHE: "1",
      FAKETIME_DONT_FAKE_MONOTONIC: "1",
      NO_FAKE_STAT: "1",
      TZ: "UTC",
    },
    setAhead,
  };
}

function findLibrary(): string | null {
  const root = "/usr/lib";
  const folders = existsSync(root) ? readdirSync(root).map((name) => join(root, name, "faketime")) : [];
  return folders.map((folder) => join(folder, "libfaketimeMT.so.1")).find(existsSync) ?? null;
}
