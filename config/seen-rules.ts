import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { lastGoodRulesFile } from "./kept-state-file.ts";
import { replaceFile } from "./replace-file.ts";
import { isRulesFileWritable } from "./rules-file.ts";

/** Path of the hash of what the rules file held when this installation last read or wrote it. */
const seenRulesFile = (dataDir: string): string => join(dataDir, "rules-file-seen");

/** Hash that was kept last; null where none can be read. */
function readSeenRules(dataDir: string): string | null {
  try {
    return readFileSync(seenRulesFile(dataDir), "utf8").trim() || null;
  } catch {
    return null;
  }
}

/**
 * Keeps the hash of the rules file's text, once it is in the history or was written from there. Best effort: without it a
 * file that is behind the database may count as an edit, as one of an installation from before this file does.
 */
export function keepSeenRules(dataDir: string, hash: string): void {
  if (readSeenRules(dataDir) === hash) return;
  try {
    replaceFile(seenRulesFile(dataDir), `${hash}\n`, () => 0o600);
  } catch {
    // A full or read-only disk is reported where data is written.
  }
}

/**
 * Tests whether the rules file, of this hash, was left as it was. What was published since then replaces it. In a data folder without a past nothing was edited: the file there is an image's or a unit's first one. One
 * that cannot be written is the source of the rules, and always an edit.
 */
export function isRulesFileLeft({ dataDir, rulesFile }: RulesPlaces, hash: string): boolean {
  if (!isRulesFileWritable(rulesFile)) return false;
  const seen = readSeenRules(dataDir);
  return seen === null ? !existsSync(lastGoodRulesFile(dataDir)) : seen === hash;
}

interface RulesPlaces {
  dataDir: string;
  rulesFile: string;
}
