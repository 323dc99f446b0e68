import { claimBackup, finishBackup } from "#control/backup/claim.ts";
import { type ListedBackup, listBackups } from "#control/backup/list.ts";
import { type MadeBackup, makeBackup } from "#control/backup/make.ts";
import { type VerifiedBackup, verifyBackup } from "#control/backup/verify.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatBytes } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { openSqlConnection } from "#store/sql-connection.ts";
import { type Parsed, readHours } from "../arguments.ts";
import { archiveNamed, formatName, NO_OWNER, openBackupStorage } from "../backup-storage.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions, readInstallation, requireHere } from "../installation.ts";
import { asCommand, withControl } from "../open-control.ts";
import type { Output } from "../output.ts";
import { packageVersion } from "../package-root.ts";
import { runVerb, type Verb } from "../verbs.ts";

const help = `Examples:
  cco backup                                       also while CCO runs
  cco backup --include events --to /mnt/backups --keep 14
  cco backup --to s3://our-backups/cco             S3-compatible storage: set CCO_S3_ENDPOINT and its keys
  cco backup list
  cco backup verify data/backups/cco-backup-20261129T040000Z.tar.gz

Makes one archive of one moment: rules, prices, people, keys (hashed), limits, settings, audit log and totals, from
SQLite or PostgreSQL. Not in it: the secrets of the environment and of the data folder, which you keep apart, and who
is signed in. Records that still wait in the spool are in the next one.

  list                 the archives of the place, newest first
  verify <file>        read an archive, also s3://…, whole and prove that it is what was written

  --to <place>         a folder that is there, or s3://bucket/prefix; else CCO_BACKUP_FOLDER, else backups in the data folder
  --include events     every single request too, which makes it large; without it the totals alone
  --if-older-than <n>h only when none was begun with this flag or by the schedule within n hours (less two minutes), by any
                       instance; those made without it do not count
  --keep <n>           afterwards delete the oldest archives beyond n; never the new one, nor one with a later stamp
  --json               {"schema_version":1, and file, bytes, sha256 of the manifest, rows, …}
  --config, --data-dir which installation: of this machine, never a server of CCO_URL`;

const verbs: Record<string, Verb> = { list, verify };

export const backupCommand: Command = {
  summary: "Make, list and verify backups",
  help,
  options: {
    ...installationOptions,
    to: { type: "string" },
    include: { type: "string" },
    keep: { type: "string" },
    "if-older-than": { type: "string" },
    json: { type: "boolean" },
  },
  verbs: Object.keys(verbs),
  words: { list: 0, verify: 1 },
  flagsOf: { to: ["", "list"], include: [""], keep: [""], "if-older-than": [""] },
  run: async (parsed) => {
    if (parsed.positionals.length > 0) return runVerb("backup", verbs, parsed, help);
    await make(parsed);
    return exitCodes.ok;
  },
};

async function make(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  requireHere(parsed, "cco backup");
  const hasEvents = readInclude(parsed);
  const keep = readKeep(parsed);
  const everyMs = readHours(parsed, "if-older-than");
  const made = await withControl(parsed, async (actor, deps, databaseUrl) => {
    const begunAt = everyMs === null ? null : await claimBackup(actor, everyMs, deps);
    if (everyMs !== null && begunAt === null) return null;
    const connection = await openSqlConnection(databaseUrl);
    try {
      const place = openBackupStorage(parsed, deps.config);
      const options = { place, hasEvents, keep, productVersion: packageVersion() };
      const backup = await makeBackup(actor, options, { connection }, deps);
      if (begunAt !== null) await finishBackup(actor, begunAt, deps);
      return backup;
    } finally {
      await connection.close();
    }
  });
  if (made === null) {
    if (flag("json")) output.data(JSON.stringify({ schema_version: 1, file: null }));
    else output.note("none is due yet");
    return;
  }
  if (flag("json")) output.data(JSON.stringify(jsonOfMade(made)));
  else sayMade(made, output);
  const left = made.notDeleted.map(({ name, reason }) => `${name} (${reason})`);
  // An error, which --quiet lets through: the folder grows until a person looks. The backup itself is made.
  if (left.length > 0 && !flag("json"))
    output.error(`could not be deleted: ${left.join(", ")}`, "the new backup is complete; delete the old ones by hand");
}

function sayMade(made: MadeBackup, output: Output): void {
  output.data(made.file);
  output.note(`${output.paint("green", "✓")} ${formatBytes(made.bytes)}: ${contents(made.manifest)}`);
  output.note(`manifest ${made.manifestHash}`);
  if (made.deleted.length > 0) output.note(`deleted ${made.deleted.join(", ")}`);
  output.note("the secret (NEXTAUTH_SECRET, or session-secret in the data folder) is not in it: keep it apart");
}

async function list(parsed: Parsed): Promise<void> {
  const { output, flag } = parsed;
  if (parsed.text("to") === null) requireHere(parsed, "cco backup list");
  const place = openBackupStorage(parsed, readInstallation(parsed));
  const backups = await asCommand((actor) => listBackups(actor, place));
  if (flag("json"))
    return output.data(JSON.stringify({ schema_version: 1, folder: place.name, backups: backups.map(jsonOfListed) }));
  for (const { name, bytes, head, problem } of backups) {
    const about = head === null ? `problem: ${problem}` : head.hasEvents ? "with events" : "totals";
    output.data([name, head?.createdAt ?? "", formatBytes(bytes), about].join("\t"));
  }
  output.note(`${formatCounted(backups.length, "backup")} in ${place.name}`);
}

async function verify(parsed: Parsed, [file]: readonly string[]): Promise<void> {
  const { output, flag } = parsed;
  if (file === undefined) throw new CliError(exitCodes.usage, "name the archive", "cco backup list shows them");
  const archive = archiveNamed(file);
  const found = await asCommand((actor) => verifyBackup(actor, archive));
  if (flag("json")) return output.data(JSON.stringify(jsonOfVerified(formatName(archive), found)));
  const { manifest, manifestHash, hasOwner } = found;
  output.note(`${output.paint("green", "✓")} whole, as written ${manifest.createdAt}: ${contents(manifest)}`);
  output.note(`made by CCO ${manifest.productVersion} from ${manifest.provider}; manifest ${manifestHash}`);
  if (!hasOwner) output.note(NO_OWNER);
}

function readInclude(parsed: Parsed): boolean {
  const given = parsed.text("include");
  if (given === null || given === "events") return given !== null;
  throw new CliError(exitCodes.usage, `--include ${given} is not known`, "the one thing to include is: events");
}

function readKeep(parsed: Parsed): number | null {
  const given = parsed.text("keep");
  if (given === null) return null;
  if (/^[1-9]\d{0,5}$/.test(given)) return Number(given);
  throw new CliError(exitCodes.usage, `--keep ${given} is no number of archives`, "for example: --keep 14");
}

/** What an archive holds, for a person. */
function contents({ rows, hasEvents }: MadeBackup["manifest"]): string {
  const of = (table: string) => rows[table] ?? 0;
  return [
    formatCounted(of("person"), "person", "people"),
    formatCounted(of("proxy_key"), "proxy key"),
    formatCounted(of("rule_version"), "rules version"),
    formatCounted(of("audit_entry"), "audit entry", "audit entries"),
    formatCounted(of("rollup_quarter"), "row of totals", "rows of totals"),
    hasEvents ? formatCounted(of("request_event"), "event") : "no events",
  ].join(", ");
}

const jsonOfMade = ({ file, bytes, manifestHash, manifest, deleted, notDeleted }: MadeBackup) => ({
  schema_version: 1,
  file,
  bytes,
  ...jsonOfManifest(manifest, manifestHash),
  deleted,
  not_deleted: notDeleted,
});

const jsonOfVerified = (file: string, { manifest, manifestHash, hasOwner }: VerifiedBackup) => ({
  schema_version: 1,
  ok: true,
  has_owner: hasOwner,
  file,
  ...jsonOfManifest(manifest, manifestHash),
});

const jsonOfManifest = (manifest: MadeBackup["manifest"], manifestHash: string) => ({
  created_at: manifest.createdAt,
  product_version: manifest.productVersion,
  provider: manifest.provider,
  migration: manifest.migration,
  has_events: manifest.hasEvents,
  rows: manifest.rows,
  manifest_sha256: manifestHash,
});

const jsonOfListed = ({ name, kind, bytes, head, problem }: ListedBackup) => ({
  name,
  kind,
  bytes,
  created_at: head?.createdAt ?? null,
  has_events: head?.hasEvents ?? null,
  product_version: head?.productVersion ?? null,
  problem,
});
