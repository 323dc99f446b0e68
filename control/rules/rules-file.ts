import { basename } from "node:path";
import { isRulesFileWritable, readRulesFile, writeRulesFile } from "#config/rules-file.ts";
import { isRulesFileLeft, keepSeenRules } from "#config/seen-rules.ts";
import { AppError } from "#core/errors.ts";
import { droppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import { hashToml } from "#store/hashes.ts";
import { latestRuleVersion, type RuleVersionRow } from "#store/rule-versions.ts";
import { takeInRulesFile } from "#store/rules-file.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { logLine } from "../log-line.ts";
import { mutate } from "../mutate.ts";
import { readRulesText } from "./rules-text.ts";

/** Refuses a change up front when the file could not be written afterwards. */
export function requireWritableFile(deps: ControlDeps): void {
  const { rulesFile } = deps.config;
  if (!isRulesFileWritable(rulesFile)) throw new AppError("rules.file-read-only", { file: basename(rulesFile) });
}

/**
 * Imports an edit of the rules file that no proxy has read yet as a separate version. Publishing over it is then a
 * conflict instead of losing it. A file that cannot be parsed is left for the publish to replace (its backup stays).
 */
export async function takeInFileEdit(deps: ControlDeps): Promise<void> {
  const file = readRulesFile(deps.config.rulesFile);
  if (file.kind !== "found") return;
  const hash = hashToml(file.text);
  if (hash === (await readSetting(deps.db, settingKey.rulesFileHash))) return;
  if (hash === (await latestRuleVersion(deps.db))?.tomlHash) return;
  const parsed = await readRulesText(file.text, deps);
  if (!parsed.ok) return;
  const audited = droppedSafeguards(parsed.ruleSet);
  const isLeft = isRulesFileLeft(deps.config, hash);
  await inTransaction(deps.db, (tx) => takeInRulesFile(tx, file.text, deps.now(), { audited, isLeft }));
  keepSeenRules(deps.config.dataDir, hash);
}

export interface FileOutcome {
  /** False: the version is live, but the file is behind; the proxy writes it at its next start. */
  fileWritten: boolean;
  /** Name of the backup of the replaced file. */
  backup: string | null;
}

/** Serialises writes per process: the last writer always sees the newest version. */
let lastSync: Promise<unknown> = Promise.resolve();

/**
 * Writes the newest version to the file. The hash of the text is stored after the write, never before: until then the
 * old file still counts as "not edited", so that after a crash in between the proxy writes the file instead of
 * mistaking the old text for a new edit.
 */
export function bringFileUpToDate(deps: ControlDeps): Promise<FileOutcome> {
  const run = lastSync.then(() => writeLatest(deps));
  lastSync = run.catch(() => undefined);
  return run;
}

async function writeLatest(deps: ControlDeps): Promise<FileOutcome> {
  const latest = await latestRuleVersion(deps.db);
  if (!latest) return { fileWritten: true, backup: null };
  const backup = writeIfBehind(latest, deps);
  if (backup === undefined) return { fileWritten: false, backup: null };
  await mutate(null, deps, (tx, at) => writeSetting(tx, settingKey.rulesFileHash, latest.tomlHash, at));
  keepSeenRules(deps.config.dataDir, latest.tomlHash);
  return { fileWritten: true, backup };
}

/**
 * Writes the file if it is behind. Returns the backup's name, null when none was needed, undefined when the file
 * could not be written.
 */
function writeIfBehind(latest: RuleVersionRow, deps: ControlDeps): string | null | undefined {
  const { rulesFile } = deps.config;
  const file = readRulesFile(rulesFile);
  if (file.kind === "found" && hashToml(file.text) === latest.tomlHash) return null;
  try {
    const { backupPath } = writeRulesFile(rulesFile, latest.toml, deps.now());
    return backupPath && basename(backupPath);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    logLine("warn", "the rules file could not be written", { version: latest.number, message });
    return undefined;
  }
}
