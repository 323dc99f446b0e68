import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { findFolderProblem, usualArchiveFolder } from "#config/check-folder.ts";
import { hasKeptState, lastGoodRulesFile } from "#config/kept-state-file.ts";
import { ConfigError, loadCatalogue } from "#config/models-toml.ts";
import { parseOverridesToml } from "#config/overrides-toml.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { isS3Address } from "#config/read-s3.ts";
import { readServerEnv } from "#config/read-server-env.ts";
import { readRulesFile } from "#config/rules-file.ts";
import type { Catalogue } from "#core/costs/catalogue.ts";
import { formatCounted } from "#core/report/plural.ts";
import { findClosedDatabase } from "#store/closed-database.ts";
import { describeAbsence, describeDatabaseFault } from "#store/database-fault.ts";
import { findLockFault, formatLockFix } from "#store/database-lock.ts";
import { databaseKind, findMissingFolder, sqliteFile } from "#store/database-url.ts";
import { readLastBackupMs } from "#store/last-backup.ts";
import { MigrationError, pendingMigrations } from "#store/migrate.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { findPresence } from "#store/sqlite-presence.ts";
import { isStandby } from "#store/standby.ts";
import { type Finding, ok, problem, skipped, warning } from "./finding.ts";
import { checkOwnerVariables } from "./first-owner.ts";

const DATABASE_WITHIN_MS = 5_000;

/** The settings of the environment; null, and why, where CCO would not start with them. */
export function checkSettings(env: Readonly<Record<string, string | undefined>>): {
  settings: ProxySettings | null;
  findings: Finding[];
} {
  const reading = readServerEnv(env);
  const findings = reading.ok
    ? []
    : reading.mistakes.map(({ variable, message }) => problem("settings", message, `correct ${variable}`));
  findings.push(...checkOwnerVariables(env));
  if (!reading.ok || findings.length > 0) return { settings: null, findings };
  const { settings } = reading;
  const warnings = settings.warnings.map((text) =>
    warning("settings", text.replace(/^Warning: /, ""), "see docs/configuration.md"),
  );
  const old = env.ANTHROPIC_API_BASE_URL;
  if (old)
    warnings.push(
      warning(
        "settings",
        "ANTHROPIC_API_BASE_URL is set, which no program reads",
        "unset it; Claude Code reads ANTHROPIC_BASE_URL",
      ),
    );
  return { settings, findings: warnings.length > 0 ? warnings : [ok("settings", "the environment is valid")] };
}

/** The rules, and what requests get without them. A first start needs a file; a later one has the last good rules. */
export function checkRulesFile(
  { rulesFile, modelsFile, reportingZone, dataDir }: ProxySettings,
  today: string,
): Finding {
  const catalogue = readCatalogue(modelsFile);
  if (catalogue instanceof ConfigError) return problem("rules", catalogue.message, "correct CCO_MODELS_FILE");
  const content = readRulesFile(rulesFile);
  if (content.kind === "missing") {
    const text = `${rulesFile} does not exist`;
    return existsSync(lastGoodRulesFile(dataDir))
      ? warning("rules", `${text}: the last good rules are in force`, "write it, or set CCO_CONFIG")
      : problem("rules", `${text}: CCO does not start without it`, "write it, or name an existing one in CCO_CONFIG");
  }
  if (content.kind === "unreadable")
    return problem(
      "rules",
      `${rulesFile} cannot be used: ${content.reason}`,
      "correct it; the last good rules stay in force",
    );
  const parsed = parseOverridesToml(content.text, { catalogue, today, zone: reportingZone ?? undefined });
  const [first] = parsed.problems.filter(({ severity }) => severity === "error");
  if (!parsed.ok)
    return problem(
      "rules",
      `${rulesFile}:${first?.line ?? 1}: ${first?.message ?? "not valid"}`,
      "cco validate lists all mistakes",
    );
  const count = formatCounted(parsed.ruleSet.rules.length, "rule");
  if (!parsed.ruleSet.enabled)
    return warning("rules", `${count}, and overrides are switched off`, "cco rules on, when that is not meant");
  return ok("rules", `${count} in ${rulesFile}`);
}

function readCatalogue(modelsFile: string | null): Catalogue | ConfigError {
  try {
    return loadCatalogue(modelsFile ?? undefined);
  } catch (error) {
    if (error instanceof ConfigError) return error;
    throw error;
  }
}

/** Older than two days: a daily backup has failed once. */
const BACKUP_OLD_MS = 2 * 86_400_000;

/** Whether there is a backup, and how old the newest is, by the audit log. */
export async function checkBackup({ databaseUrl }: ProxySettings, nowMs: number): Promise<Finding> {
  const { kind } = findPresence(databaseUrl);
  if (kind === "missing") return skipped("backup", "there is no database");
  if (kind === "refused") return skipped("backup", "this user may not open the database");
  const fix = "cco backup makes one; CCO_BACKUP_EVERY_HOURS=24 makes one a day";
  try {
    const connection = await openSqlConnection(databaseUrl, { timeoutMs: DATABASE_WITHIN_MS });
    const lastMs = await readLastBackupMs(connection).finally(() => connection.close());
    if (lastMs === null) return warning("backup", "none was made yet", fix);
    const text = `the newest is of ${new Date(lastMs).toISOString()}`;
    return nowMs - lastMs > BACKUP_OLD_MS ? warning("backup", text, fix) : ok("backup", text);
  } catch {
    return skipped("backup", "the database does not say");
  }
}

/** Whether backups can be written where the environment says; the usual folder is made with the first one. */
export function checkBackupFolder({ backups: { folder } }: ProxySettings): Finding[] {
  if (folder === null || isS3Address(folder)) return [];
  return [checkNamedFolder("backup folder", "CCO_BACKUP_FOLDER", resolve(folder))];
}

/** Whether requests can be archived where the environment says; the usual folder is made with the first file. */
export function checkArchiveFolder({ archiveFolder, dataDir }: ProxySettings): Finding[] {
  if (archiveFolder === usualArchiveFolder(dataDir)) return [];
  return [checkNamedFolder("archive folder", "CCO_ARCHIVE_FOLDER", archiveFolder)];
}

/** A folder that a variable names is never made. */
function checkNamedFolder(subject: string, variable: string, path: string): Finding {
  if (!existsSync(path))
    return problem(subject, `${path} does not exist`, `make it, mount its disk, or correct ${variable}`);
  const { problem: inTheWay, errorCode } = findFolderProblem(path);
  if (inTheWay === null && errorCode === null) return ok(subject, `${path} can be written`);
  const text = inTheWay ?? `cannot be written by this user (${errorCode})`;
  return problem(subject, `${path} ${text}`, `fix its permissions, or correct ${variable}`);
}

/** Whether the database opens and belongs to this release. Changes nothing, and makes none. */
export async function checkDatabase({ databaseUrl, dataDir }: ProxySettings): Promise<Finding> {
  const isFile = databaseKind(databaseUrl) === "sqlite";
  const presence = findPresence(databaseUrl);
  const mustExist = hasKeptState(dataDir);
  if (presence.kind === "missing")
    return mustExist ? absent("gone", databaseUrl) : checkNewDatabase(sqliteFile(databaseUrl), dataDir);
  if (presence.kind === "refused")
    return problem(
      "database",
      `this user may not open ${sqliteFile(databaseUrl)} (${presence.errorCode} at ${presence.path})`,
      "run it as the user that CCO runs as, or fix the permissions",
    );
  const name = isFile ? "SQLite" : "PostgreSQL";
  // Before it is opened, which may set it right.
  const fault = isFile ? findLockFault(sqliteFile(databaseUrl)) : null;
  const startedAtMs = Date.now();
  try {
    if (!isFile && (await isReadOnlyCopy(databaseUrl)))
      return problem(
        "database",
        "DATABASE_URL names a read-only standby, in which nothing can be recorded",
        "name the server that it follows in DATABASE_URL, and the standby in CCO_READ_DATABASE_URL",
      );
    const { pending, isEmpty } = await pendingMigrations(databaseUrl, DATABASE_WITHIN_MS);
    if (isEmpty && mustExist) return absent("empty", databaseUrl);
    if (isEmpty) return skipped("database", `${name} answers, and is empty; \`cco run\` makes its tables`);
    if (pending.length > 0)
      return warning(
        "database",
        `${name}, of an older release: ${formatCounted(pending.length, "migration")} to apply`,
        "make a backup; the next start applies them",
      );
    if (fault !== null)
      return warning(
        "database",
        `${fault.text}, so a restore does not see every process that has the database open`,
        formatLockFix(fault),
      );
    const ms = Date.now() - startedAtMs;
    return ok("database", `${name} answers (${ms} ms) and is of this release`);
  } catch (error) {
    if (error instanceof MigrationError) return problem("database", error.message, "see docs/operate.md, Upgrade");
    const closed = findClosedDatabase(error, databaseUrl);
    if (closed !== null) return problem("database", closed.text, closed.fix);
    const { text } = describeDatabaseFault(error, databaseUrl);
    const meanwhile = "model traffic flows on; what is recorded waits in the spool";
    return problem("database", text, mustExist ? meanwhile : "a start needs it: nothing was kept to start without it");
  }
}

function absent(missing: "gone" | "empty", databaseUrl: string): Finding {
  const { state, fix } = describeAbsence(missing, databaseUrl);
  return problem("database", state, fix);
}

async function isReadOnlyCopy(databaseUrl: string): Promise<boolean> {
  const connection = await openSqlConnection(databaseUrl, { timeoutMs: DATABASE_WITHIN_MS });
  return isStandby(connection).finally(() => connection.close());
}

/** Whether a file that is not there yet can be made. */
function checkNewDatabase(file: string, dataDir: string): Finding {
  const text = `${file} does not exist yet`;
  const missing = findMissingFolder(file);
  const folder = missing ?? dirname(file);
  const { problem: inTheWay, errorCode } = findFolderProblem(folder);
  const fix = "name another file in DATABASE_URL, or another folder in CCO_DATA_DIR";
  if (inTheWay !== null) return problem("database", `${text}, and its folder ${folder} ${inTheWay}`, fix);
  if (errorCode !== null)
    return problem("database", `${text}, and its folder ${folder} cannot be written (${errorCode})`, fix);
  if (missing !== null && missing !== dataDir)
    return problem("database", `${text}, and neither does its folder ${folder}`, `mount its disk or make it; ${fix}`);
  return skipped("database", `${text}; \`cco run\` makes it`);
}
