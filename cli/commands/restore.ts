import { existsSync } from "node:fs";
import { join } from "node:path";
import { findFolderProblem } from "#config/check-folder.ts";
import type { ConsoleEnv } from "#config/read-console-env.ts";
import { previewRestore, type RestorePreview } from "#control/backup/preview.ts";
import { restoreBackup } from "#control/backup/restore.ts";
import { findRulesFileChange } from "#control/backup/rules-file-change.ts";
import type { ArchiveSource } from "#control/backup/storage.ts";
import { verifyBackup } from "#control/backup/verify.ts";
import type { ControlDeps } from "#control/deps.ts";
import type { Actor } from "#core/access/actor.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCount } from "#core/report/format.ts";
import { formatRestored, restoredRows } from "#core/report/lost-by-restore.ts";
import { quoteForShell } from "#core/shell-word.ts";
import { findMissingFolder, sqliteFile } from "#store/database-url.ts";
import { findObstacle } from "#store/file-lock.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import type { Parsed } from "../arguments.ts";
import { archiveNamed, formatName, NO_OWNER } from "../backup-storage.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { requireWritable } from "../data-folder.ts";
import {
  readInstallation,
  requireHere,
  requireWholeInstallation,
  WHOLE_INSTALLATION_HELP,
  wholeInstallationOptions,
} from "../installation.ts";
import { prepareNewDatabase } from "../new-database.ts";
import { asCommand, hasDatabase, withControl } from "../open-control.ts";
import type { Output } from "../output.ts";
import { packageVersion } from "../package-root.ts";
import { DATABASE_FOLDER_FIX } from "../prepare-database.ts";
import { formatReplaced, formatToReplace } from "../restored-places.ts";

const help = `Examples:
  cco restore data/backups/cco-backup-20261129T040000Z.tar.gz         what it would change
  cco restore data/backups/cco-backup-20261129T040000Z.tar.gz --yes   with CCO stopped
  DATABASE_URL=postgresql://… cco restore backup.tar.gz --yes         also from SQLite
  cco restore s3://our-backups/cco/cco-backup-20261129T040000Z.tar.gz
  cco restore backup.tar.gz --data-dir /tmp/drill --yes               to try it: nothing outside that folder is touched

Without --yes: reads the archive whole, says what it holds, what is lost and what comes back, and changes nothing.
With --yes: makes an archive of what is there, with all events, then replaces the database in one transaction and the
rules file. Killed at any moment, everything is as before or everything is restored. People sign in again afterwards.
From an archive without events the totals are kept, and cco verify takes them as its opening balance.

  --dry-run            say what it would change, as without --yes; refused beside it
  -y, --yes            carry it out
  --json               {"schema_version":1,"restored":…, and what the preview says}
${WHOLE_INSTALLATION_HELP}`;

export const restoreCommand: Command = {
  summary: "Restore a backup: preview, then --yes",
  help,
  options: {
    ...wholeInstallationOptions,
    "dry-run": { type: "boolean" },
    yes: { type: "boolean", short: "y" },
    json: { type: "boolean" },
  },
  words: 1,
  run,
};

async function run(parsed: Parsed): Promise<number> {
  const [given] = parsed.positionals;
  if (given === undefined) throw new CliError(exitCodes.usage, "name the archive", "cco backup list shows them");
  if (parsed.flag("dry-run") && parsed.flag("yes"))
    throw new CliError(exitCodes.usage, "--dry-run changes nothing and --yes carries it out", "leave one of them out");
  requireHere(parsed, "cco restore");
  requireWholeInstallation(parsed);
  const file = archiveNamed(given);
  if (parsed.flag("yes")) await restore(parsed, file);
  else await preview(parsed, file);
  return exitCodes.ok;
}

async function preview(parsed: Parsed, file: string | ArchiveSource): Promise<void> {
  const { output, flag } = parsed;
  const compare: Parameters<typeof withControl<RestorePreview>>[1] = async (actor, deps, databaseUrl) => {
    const connection = await openSqlConnection(databaseUrl);
    return previewRestore(actor, file, { connection, deps }).finally(() => connection.close());
  };
  const env = readInstallation(parsed, "whole");
  const found = hasDatabase(env)
    ? await withControl(parsed, compare, { place: "whole" })
    : await asCommand((actor) => previewRestore(actor, file, null));
  const change = findRulesFileChange(env.rulesFile, found.rulesText);
  const place = { rules_file: env.rulesFile, rules_file_change: change };
  if (flag("json"))
    return output.data(JSON.stringify({ schema_version: 1, restored: false, ...toJson(found), ...place }));
  sayPreview(found, output);
  output.data(formatToReplace(env, change, { isNew: !hasDatabase(env) }));
  const stop = found.inUse === null ? "" : `${found.inUse} `;
  const first = findPlaceProblems(env).map((text) => `It would be refused: ${text}. `);
  output.note(`Nothing was changed. ${stop}${first.join("")}To carry it out: ${formatCommand(parsed, file)}`);
}

type Restored = Awaited<ReturnType<typeof restoreBackup>>;

async function restore(parsed: Parsed, file: string | ArchiveSource): Promise<void> {
  const { output, flag } = parsed;
  const env = readInstallation(parsed, "whole");
  const inTheWay = findRulesFolderProblem(env);
  if (inTheWay !== null)
    throw new CliError(exitCodes.cannotCreate, `${inTheWay}. Nothing was changed`, RULES_FOLDER_FIX);
  // Proven before anything is made. A database made for an archive that is refused would be one without people and keys.
  const proven = await asCommand((actor) => verifyBackup(actor, file));
  const work = async (actor: Actor, deps: ControlDeps, databaseUrl: string): Promise<Restored> => {
    const connection = await openSqlConnection(databaseUrl);
    const options = { file, productVersion: packageVersion(), proven };
    return restoreBackup(actor, options, { connection }, deps).finally(() => connection.close());
  };
  const isThere = hasDatabase(env);
  if (isThere) requireWritable(env.dataDir);
  const remove = isThere ? null : prepareNewDatabase(env);
  const run = withControl(parsed, work, { mayCreate: true, place: "whole" });
  const { backup, safety, rulesFile } = await run.catch(async (error: unknown) => {
    await remove?.();
    throw error;
  });
  const { manifest } = backup;
  if (flag("json"))
    return output.data(
      JSON.stringify({
        schema_version: 1,
        restored: true,
        created_at: manifest.createdAt,
        has_events: manifest.hasEvents,
        safety_backup: safety,
        rules_file: env.rulesFile,
        rules_file_written: rulesFile.change !== "unwritable",
        rules_file_backup: rulesFile.backup,
      }),
    );
  const but = manifest.hasEvents ? "" : ", but for single requests: the backup holds their totals alone";
  output.note(`${output.paint("green", "✓")} everything is as it was at ${manifest.createdAt}${but}`);
  if (safety !== null) output.note(`what was there before: ${safety}`);
  output.note(formatReplaced(parsed, env, rulesFile.change));
  if (rulesFile.backup !== null) output.note(`what the rules file held before: ${rulesFile.backup}`);
  if (rulesFile.change === "unwritable")
    output.note(`the rules file ${env.rulesFile} cannot be written here; the restored rules are live all the same`);
  if (parsed.text("data-dir") !== null) return output.note(`next: cco verify ${formatInstallationFlags(parsed)}`);
  output.note("next: cco verify, then start CCO. People sign in again; keys work as they did then.");
}

const RULES_FOLDER_FIX = "mount its disk, make the folder, or name another file in CCO_CONFIG";

/** A folder that a person named is never made; the data folder is, with a rules file in it. */
function findRulesFolderProblem({ rulesFile, dataDir }: ConsoleEnv): string | null {
  const folder = findMissingFolder(rulesFile);
  if (folder === null || folder === dataDir) return null;
  return `the folder ${folder} of the rules file does not exist`;
}

const DATA_FOLDER_FIX = "correct its path or permissions, or name another one with --data-dir or CCO_DATA_DIR";

/** What would keep a restore from its places, each with the fix: rules file, database, data folder and locks. */
function findPlaceProblems(env: ConsoleEnv): string[] {
  const found: string[] = [];
  const { dataDir, databaseUrl } = env;
  const { problem, errorCode } = findFolderProblem(dataDir);
  if (problem !== null) found.push(`the data folder ${dataDir} ${problem}; ${DATA_FOLDER_FIX}`);
  else if (errorCode !== null)
    found.push(`the data folder ${dataDir} cannot be written by this user (${errorCode}); ${DATA_FOLDER_FIX}`);
  const rules = findRulesFolderProblem(env);
  if (rules !== null) found.push(`${rules}; ${RULES_FOLDER_FIX}`);
  const file = databaseUrl.startsWith("file:") ? sqliteFile(databaseUrl) : null;
  const missing = file === null ? null : findMissingFolder(file);
  if (missing !== null && missing !== dataDir)
    found.push(`the folder ${missing} of the SQLite file ${file} does not exist; ${DATABASE_FOLDER_FIX}`);
  // The lock of a database that is there is looked at with it.
  const locks = [join(dataDir, "restore.lock"), ...(file === null || existsSync(file) ? [] : [`${file}.lock`])];
  const obstacles = locks.map(findObstacle).filter((one) => one !== null);
  return [...found, ...obstacles.map(({ text, fix }) => `${text}; ${fix}`)];
}

const formatCommand = (parsed: Parsed, file: string | ArchiveSource): string =>
  ["cco restore", quoteForShell(formatName(file)), formatInstallationFlags(parsed), "--yes"]
    .filter((word) => word !== "")
    .join(" ");

/** The place as it was named, for the next command; a database's address may hold a password. */
function formatInstallationFlags(parsed: Parsed): string {
  const words = ["config", "data-dir"].map((name) => [name, parsed.text(name)] as const);
  const given = words.flatMap(([name, value]) => (value === null ? [] : [`--${name} ${quoteForShell(value)}`]));
  return [...given, ...(parsed.text("database") === null ? [] : ["--database …"])].join(" ");
}

function sayPreview({ backup, now, archived, lost, hasOtherPrices }: RestorePreview, output: Output): void {
  const { createdAt, productVersion, provider, hasEvents } = backup.manifest;
  const kind = hasEvents ? "with every event" : "totals without events";
  output.data(`backup of ${createdAt}, ${kind}, made by CCO ${productVersion} from ${provider}`);
  const line = (what: string, one: string, other: string) =>
    output.data(`${what.padEnd(28)}${one.padStart(12)}${other.padStart(12)}`);
  line("", "now", "then");
  const there = (count: number) => (now === null ? "–" : formatCount(count));
  const rows = restoredRows(now?.rows ?? {}, archived.rows);
  for (const row of rows) line(row.what, there(row.now), formatCount(row.archived));
  const requests = { now: now?.requests ?? 0, archived: archived.requests };
  line("requests counted", there(requests.now), formatCount(requests.archived));
  const said = formatRestored({ rows, requests, lost });
  if (said.lost.length > 0) output.data(`lost: ${said.lost.join("; ")}`);
  if (said.back.length > 0) output.data(`comes back: ${said.back.join("; ")}`);
  if (now !== null) output.data("what was changed since is as it was then");
  if (!backup.hasOwner) output.data(NO_OWNER);
  if (hasOtherPrices) output.data("the prices in force differ from those of the backup, and stay");
}

const toJson = ({ backup, now, archived, lost, inUse, hasOtherPrices }: RestorePreview) => ({
  created_at: backup.manifest.createdAt,
  product_version: backup.manifest.productVersion,
  provider: backup.manifest.provider,
  has_events: backup.manifest.hasEvents,
  has_owner: backup.hasOwner,
  manifest_sha256: backup.manifestHash,
  now,
  in_backup: archived,
  lost: { audit_entries: lost.auditEntries, rules_versions: lost.ruleVersions },
  in_use: inUse,
  has_other_prices: hasOtherPrices,
});
