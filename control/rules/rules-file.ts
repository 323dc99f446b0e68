import { basename } from "node:path";
import { isRulesFileWritable, readRulesFile, writeRulesFile } from "#config/rules-file.ts";
import { AppError } from "#core/errors.ts";
import { droppedSafeguards } from "#core/rules/dropped-safeguards.ts";
import { latestRuleVersion, type RuleVersionRow, tomlHashOf } from "#store/rule-versions.ts";
import { takeInRulesFile } from "#store/rules-file.ts";
import { readSetting, settingKey, writeSetting } from "#store/settings.ts";
import { inTransaction } from "#store/transaction.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";
import { readRulesText } from "./rules-text.ts";

/** Refuses before anything is changed when the file could not follow the database. */
export function requireWritableFile(deps: ControlDeps): void {
  const { rulesFile } = deps.config;
  if (!isRulesFileWritable(rulesFile)) throw new AppError("rules.file-read-only", { file: basename(rulesFile) });
}

/**
 * Makes an edit of the file that no proxy has taken in yet a version of its own, so that publishing over it shows up as a
 * conflict instead of losing it. A file that cannot be read as rules is left for the publish to replace (its backup stays).
 */
export async function takeInFileEdit(deps: ControlDeps): Promise<void> {
  const file = readRulesFile(deps.config.rulesFile);
  if (file.kind !== "found") return;
  const hash = tomlHashOf(file.text);
  if (hash === (await readSetting(deps.db, settingKey.rulesFileHash))) return;
  if (hash === (await latestRuleVersion(deps.db))?.tomlHash) return;
  const parsed = await readRulesText(file.text, deps);
  if (!parsed.ok) return;
  const audited = droppedSafeguards(parsed.ruleSet);
  await inTransaction(deps.db, (tx) => takeInRulesFile(tx, file.text, deps.now(), audited));
}

export interface FileOutcome {
  /** False: the version is live, but the file is behind; the proxy writes it when it starts next. */
  fileWritten: boolean;
  /** Name of the copy of the file that was replaced. */
  backup: string | null;
}

/** One at a time per process: the last writer always sees the newest version. */
let lastSync: Promise<unknown> = Promise.resolve();

/**
 * Brings the file to the newest version. The hash of what was written is remembered after the write, never before: until
 * then the old file still counts as "not edited", so a crash in between makes the proxy write the file instead of
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
  await mutate(deps, (tx, at) => writeSetting(tx, settingKey.rulesFileHash, latest.tomlHash, at));
  return { fileWritten: true, backup };
}

/** The backup's name, null when none was needed, undefined when the file could not be written. */
function writeIfBehind(latest: RuleVersionRow, deps: ControlDeps): string | null | undefined {
  const { rulesFile } = deps.config;
  const file = readRulesFile(rulesFile);
  if (file.kind === "found" && tomlHashOf(file.text) === latest.tomlHash) return null;
  try {
    const { backupPath } = writeRulesFile(rulesFile, latest.toml, deps.now());
    return backupPath && basename(backupPath);
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const line = { level: "warn", msg: "the rules file could not be written", version: latest.number, message };
    console.error(JSON.stringify(line));
    return undefined;
  }
}
