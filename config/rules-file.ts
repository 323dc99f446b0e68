import { accessSync, constants, copyFileSync, type FSWatcher, readFileSync, statSync, watch } from "node:fs";
import path from "node:path";
import { giveToOwner } from "./give-to-owner.ts";
import { RULES_FILE_BYTES_MAX } from "./overrides-toml.ts";
import { replaceFile, resolveRealPath, syncFile } from "./replace-file.ts";

/** Interval of polling: network file systems and some containers send no change events. */
const POLL_MS = 500;
/** Delay before reading: an editor that truncates and then writes must not be read in between. */
const SETTLE_MS = 60;
/** Number of checks after which a file that keeps changing is read anyway. */
const SETTLE_LOOKS_MAX = 20;

/** Content of the rules file on disk. */
export type RulesFileContent =
  | { kind: "found"; text: string }
  | { kind: "missing" }
  | { kind: "unreadable"; reason: string };

interface WrittenRulesFile {
  /** Path of the copy of the old file; null when there was none. */
  backupPath: string | null;
}

/** Reads the rules file. Never throws: an error is part of the result. */
export function readRulesFile(file: string): RulesFileContent {
  try {
    const stats = statSync(file);
    if (!stats.isFile()) return { kind: "unreadable", reason: "it is not a file" };
    if (stats.size > RULES_FILE_BYTES_MAX) return { kind: "unreadable", reason: "it is larger than 1 MB" };
    return {
      kind: "found",
      text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(file)),
    };
  } catch (error) {
    if (findCode(error) === "ENOENT" || findCode(error) === "ENOTDIR") return { kind: "missing" };
    if (error instanceof TypeError) return { kind: "unreadable", reason: "it is not UTF-8 text" };
    return { kind: "unreadable", reason: error instanceof Error ? error.message : String(error) };
  }
}

/**
 * Replaces the rules file atomically. A reader, or a crash at any moment, finds either the old content or the new one.
 * The old content stays beside it as `<name>.backup.YYYYMMDD-HHMMSS` (UTC), and no backup is ever overwritten. Keeps
 * mode and owner, and writes through a symbolic link. Throws when the folder cannot be written.
 */
export function writeRulesFile(file: string, text: string, now: Date): WrittenRulesFile {
  const target = resolveRealPath(file);
  const backupPath = statSync(target, { throwIfNoEntry: false }) ? keepBackup(target, now) : null;
  replaceFile(target, text, (oldMode) => oldMode ?? 0o644);
  return { backupPath };
}

/** Whether `writeRulesFile` can be expected to succeed. */
export function isRulesFileWritable(file: string): boolean {
  try {
    const target = resolveRealPath(file);
    accessSync(path.dirname(target), constants.W_OK);
    if (statSync(target, { throwIfNoEntry: false })) accessSync(target, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Calls `onChange` with the new content whenever it differs from the previous one. That is also when the file is
 * replaced, removed or restored. `seen` is the content the caller has handled already; the default is the current one.
 * Returns a function that stops the watch. Long because looking, settling and listening share one state until the watch
 * is stopped.
 */
export function watchRulesFile(
  file: string,
  onChange: (content: RulesFileContent) => void,
  seen: RulesFileContent = readRulesFile(file),
): () => void {
  let last = seen;
  let lastSignature = "";
  let settling: NodeJS.Timeout | null = null;
  let watcher: FSWatcher | null = null;
  let isStopped = false;

  const settle = (before: string, looksLeft: number) => {
    settling = setTimeout(() => {
      settling = null;
      if (isStopped) return;
      const signature = readSignature(file);
      if (signature !== before && looksLeft > 0) return settle(signature, looksLeft - 1);
      lastSignature = signature;
      const content = readRulesFile(file);
      if (isSameContent(last, content)) return;
      last = content;
      onChange(content);
    }, SETTLE_MS);
    settling.unref();
  };
  const look = () => {
    if (settling || isStopped) return;
    const signature = readSignature(file);
    if (signature !== lastSignature) settle(signature, SETTLE_LOOKS_MAX);
  };
  const listen = () => {
    watcher ??= watchDirectory(path.dirname(file), look, () => {
      watcher = null;
    });
  };

  const poll = setInterval(() => {
    listen();
    look();
  }, POLL_MS);
  poll.unref();
  listen();
  look();

  return () => {
    isStopped = true;
    clearInterval(poll);
    if (settling) clearTimeout(settling);
    watcher?.close();
  };
}

function keepBackup(target: string, now: Date): string {
  const stamp = now.toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
  for (let number = 1; ; number++) {
    const backup = `${target}.backup.${stamp}${number === 1 ? "" : `-${number}`}`;
    try {
      copyFileSync(target, backup, constants.COPYFILE_EXCL);
      giveToOwner(backup);
      syncFile(backup);
      return backup;
    } catch (error) {
      if (findCode(error) !== "EEXIST") throw error;
    }
  }
}

/** Watches the directory and not the file. A replaced file is a new inode that a watch on the old one would miss. */
function watchDirectory(directory: string, onEvent: () => void, onLost: () => void): FSWatcher | null {
  try {
    const watcher = watch(directory, { persistent: false }, onEvent);
    watcher.on("error", () => {
      watcher.close();
      onLost();
    });
    return watcher;
  } catch {
    return null;
  }
}

function readSignature(file: string): string {
  try {
    const { ino, size, mtimeNs, ctimeNs } = statSync(file, { bigint: true });
    return `${ino}:${size}:${mtimeNs}:${ctimeNs}`;
  } catch (error) {
    return error instanceof Error && "code" in error ? String(error.code) : "unreadable";
  }
}

const isSameContent = (a: RulesFileContent, b: RulesFileContent): boolean => {
  if (a.kind === "found" && b.kind === "found") return a.text === b.text;
  if (a.kind === "unreadable" && b.kind === "unreadable") return a.reason === b.reason;
  return a.kind === b.kind;
};

const findCode = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error ? String(error.code) : undefined;
