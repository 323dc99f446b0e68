import { INTEGER_BOUNDS } from "#config/environment.ts";
import type { ControlDeps } from "#control/deps.ts";
import { type RetentionRun, runRetention } from "#control/retention/run.ts";
import { shrinkDatabase } from "#control/retention/shrink.ts";
import { previewRetention, type RetentionStatus, readRetention, verifyArchive } from "#control/retention/status.ts";
import type { Actor } from "#core/access/actor.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatBytes, formatCount } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { ArchiveFile } from "#store/archive-files.ts";
import type { DatabaseSize } from "#store/database-size.ts";
import type { SqlConnection } from "#store/sql.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type Parsed, readHours } from "../arguments.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions, readInstallation, requireHere } from "../installation.ts";
import { withControl } from "../open-control.ts";
import type { Output } from "../output.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco retention status
  cco retention run --keep-days 90 --dry-run       what would be archived now
  cco retention run --keep-days 90
  cco retention verify

Archives the single requests of days that ended longer ago than is wanted, one Parquet file a UTC day, and deletes them in
the database once their file was written, synced and read back. Totals are kept for ever, so every figure stays as it is.
CCO may run meanwhile. cco run does the same once a day where CCO_KEEP_EVENTS_DAYS is set.

  status               what is held, what is archived, and how large the database is; changes nothing
  run                  archive and delete; one process of all instances at a time
  verify               read every file of the archive and prove that it is what was written
  shrink               give free room of a SQLite file back to the disk; builds it again where it was made before that
                       was possible: writers wait meanwhile, and it needs as much room again

  --keep-days <n>      CCO_KEEP_EVENTS_DAYS unless given; at least 1
  --dry-run            name what run would archive, and change nothing
  --if-older-than <n>h only when no complete run was begun within n hours (less two minutes), by any instance
  --json               {"schema_version":1, and what the verb reports}
  --config, --data-dir which installation`;

const verbs: Record<string, Verb> = { status, run, verify, shrink };

export const retentionCommand: Command = {
  summary: "Archive old requests in Parquet and delete them in the database",
  help,
  options: {
    ...installationOptions,
    "keep-days": { type: "string" },
    "dry-run": { type: "boolean" },
    "if-older-than": { type: "string" },
    json: { type: "boolean" },
  },
  verbs: Object.keys(verbs),
  words: { status: 0, run: 0, verify: 0, shrink: 0 },
  flagsOf: { "keep-days": ["run"], "dry-run": ["run"], "if-older-than": ["run"] },
  run: async (parsed) => {
    requireHere(parsed, "cco retention");
    return runVerb("retention", verbs, parsed, help);
  },
};

type Held = { connection: SqlConnection };

const withDatabase = <T>(
  parsed: Parsed,
  work: (actor: Actor, held: Held, deps: ControlDeps) => Promise<T>,
): Promise<T> =>
  withControl(parsed, async (actor, deps, databaseUrl) => {
    const connection = await openSqlConnection(databaseUrl);
    return work(actor, { connection }, deps).finally(() => connection.close());
  });

async function status(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const { keepEventsDays: keepDays } = readInstallation(parsed);
  const found = await withDatabase(parsed, readRetention);
  const { folder, folderProblem, files, missing, unlisted, archivedBefore, oldestEvent, database, lastRunAt } = found;
  if (flag("json")) return output.data(JSON.stringify(jsonOfStatus(found, keepDays)));
  output.data(
    keepDays === 0
      ? "keeps every request (CCO_KEEP_EVENTS_DAYS is not set)"
      : `keeps requests for ${formatCounted(keepDays, "day")}`,
  );
  output.data(`oldest request in the database: ${oldestEvent ?? "none"}`);
  output.data(
    archivedBefore === null
      ? "nothing is archived"
      : `requests before ${archivedBefore} (UTC) are archived: ${describeFiles(files, missing, folder)}`,
  );
  output.data(`database: ${sizeText(database)}`);
  output.data(`last complete run: ${lastRunAt === null ? "none" : `begun ${lastRunAt}`}`);
  const unfinished = files.filter(({ deletedAt }) => deletedAt === null).length;
  if (unfinished > 0)
    output.note(
      `${formatCounted(unfinished, "file")} written whose requests are still being deleted: the next run goes on`,
    );
  if (folderProblem !== null) output.note(folderProblem);
  if (unlisted.length > 0) output.note(`not of this archive, left by an earlier database: ${unlisted.join(", ")}`);
  sayShrink(database, output);
}

const jsonOfStatus = (found: RetentionStatus, keepDays: number) => ({
  schema_version: 1,
  keep_days: keepDays,
  oldest_event: found.oldestEvent,
  archived_before: found.archivedBefore,
  last_run_at: found.lastRunAt,
  folder: found.folder,
  folder_problem: found.folderProblem,
  files: found.files.map(({ name, day, rows, bytes, sha256, writtenAt, deletedAt }) => ({
    ...{ name, day, rows, bytes, sha256, written_at: writtenAt, deleted_at: deletedAt },
  })),
  missing: found.missing.map(({ name }) => name),
  unlisted: found.unlisted,
  database: {
    bytes: found.database.bytes,
    free_bytes: found.database.freeBytes,
    can_shrink: found.database.canShrink,
  },
});

/** Where archived requests are, and which of them are not there. */
function describeFiles(files: readonly ArchiveFile[], missing: readonly ArchiveFile[], folder: string): string {
  const sum = (some: readonly ArchiveFile[]) => {
    const rows = some.reduce((total, file) => total + file.rows, 0);
    const bytes = some.reduce((total, file) => total + file.bytes, 0);
    return `${formatCount(rows)} in ${formatCounted(some.length, "file")}, ${formatBytes(bytes)}`;
  };
  const [first] = missing;
  if (first === undefined) return `${sum(files)}, in ${folder}`;
  const which = missing.length === files.length ? `${sum(files)}` : `${sum(files)}, and of them ${sum(missing)}`;
  const from = `${first.hostname} wrote ${first.name} into ${first.folder}`;
  return `${which}, NOT in ${folder} (${from}): mount its disk, copy them there, or set CCO_ARCHIVE_FOLDER right`;
}

async function run(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const keepDays = readDays(parsed);
  const everyMs = readHours(parsed, "if-older-than") ?? 0;
  if (flag("dry-run")) return preview(parsed, keepDays);
  const done = await withDatabase(parsed, async (actor, held, deps) => {
    const onFile = ({ name, rows }: { name: string; rows: number }) =>
      output.note(`${name}: ${formatCounted(rows, "request")}`);
    return runRetention(actor, { keepDays, everyMs, ...(flag("json") ? {} : { onFile }) }, held, deps);
  });
  const size = done === null ? null : await sizeNow(parsed);
  if (flag("json")) return output.data(JSON.stringify(jsonOfRun(done, size)));
  if (done === null || size === null) return output.note("it is not due yet");
  const { files, deleted, longestHoldMs } = done;
  output.note(
    `${output.paint("green", "✓")} ${formatCounted(deleted, "request")} in ${formatCounted(files.length, "file")}, longest hold of the database ${Math.round(longestHoldMs)} ms`,
  );
  output.note(`database: ${sizeText(size)}`);
  sayShrink(size, output);
}

/** As `status` says it. */
const sizeNow = async (parsed: Parsed): Promise<DatabaseSize> => (await withDatabase(parsed, readRetention)).database;

async function preview(parsed: Parsed, keepDays: number): Promise<void> {
  const { output, flag } = parsed;
  const days = await withDatabase(parsed, (actor, held, deps) => previewRetention(actor, keepDays, held, deps));
  const total = days.reduce((sum, { events }) => sum + events, 0);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, dry_run: true, days, requests: total }));
  for (const { day, events } of days) output.data(`${day}\t${events}`);
  output.note(
    `${formatCounted(total, "request")} of ${formatCounted(days.length, "day")} would be archived; nothing was changed`,
  );
}

async function verify(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const files = await withDatabase(parsed, verifyArchive);
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  if (flag("json"))
    return output.data(JSON.stringify({ schema_version: 1, ok: true, files: files.length, requests: rows }));
  output.note(
    `${output.paint("green", "✓")} ${formatCounted(files.length, "file")} with ${formatCounted(rows, "request")}: each is what was written`,
  );
}

async function shrink(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  const before = await withDatabase(parsed, shrinkDatabase);
  const after = await sizeNow(parsed);
  if (flag("json"))
    return output.data(
      JSON.stringify({
        schema_version: 1,
        bytes_before: before.bytes,
        bytes: after.bytes,
        free_bytes: after.freeBytes,
      }),
    );
  output.note(`database: ${formatBytes(before.bytes)} before, ${sizeText(after)}`);
}

const jsonOfRun = (done: RetentionRun | null, database: DatabaseSize | null) => ({
  schema_version: 1,
  due: done !== null,
  files: done?.files ?? [],
  deleted: done?.deleted ?? 0,
  longest_hold_ms: done === null ? null : Math.round(done.longestHoldMs),
  database_bytes: database?.bytes ?? null,
});

const sizeText = ({ bytes, freeBytes }: DatabaseSize): string =>
  freeBytes === null ? formatBytes(bytes) : `${formatBytes(bytes)}, ${formatBytes(freeBytes)} of it free`;

function sayShrink({ canShrink, freeBytes }: DatabaseSize, output: Output): void {
  if (!canShrink && freeBytes !== null && freeBytes > 0)
    output.note("the file was made before it could give pages back: cco retention shrink builds it again once");
}

function readDays(parsed: Parsed): number {
  const given = parsed.text("keep-days");
  const days = given === null ? readInstallation(parsed).keepEventsDays : parseDays(given);
  if (days > 0) return days;
  throw new CliError(
    exitCodes.usage,
    "nothing says for how long requests are kept",
    "give --keep-days, for example 90, or set CCO_KEEP_EVENTS_DAYS",
  );
}

function parseDays(text: string): number {
  const days = /^[1-9]\d{0,4}$/.test(text) ? Number(text) : 0;
  if (days > 0 && days <= INTEGER_BOUNDS.CCO_KEEP_EVENTS_DAYS.most) return days;
  throw new CliError(exitCodes.usage, `--keep-days ${text} is no number of days`, "for example: --keep-days 90");
}
