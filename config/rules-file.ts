/** The rules file as it is on disk now. */
export type RulesFileContent =
  | { kind: "found"; text: string }
  | { kind: "missing" }
  | { kind: "unreadable"; reason: string };

export interface WrittenRulesFile {
  /** The copy of the old file; null when there was none. */
  backupPath: string | null;
}

export function readRulesFile(_path: string): RulesFileContent {
  return { kind: "missing" };
}

export function writeRulesFile(_path: string, _text: string, _now: Date): WrittenRulesFile {
  return { backupPath: null };
}

export function isRulesFileWritable(_path: string): boolean {
  return true;
}

/** Calls `onChange` with the new content whenever it differs from the last one seen; returns the way to stop. */
export function watchRulesFile(_path: string, _onChange: (content: RulesFileContent) => void): () => void {
  return () => {};
}
