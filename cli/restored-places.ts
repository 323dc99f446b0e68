import type { ConsoleEnv } from "#config/read-console-env.ts";
import type { RulesFileChange } from "#control/backup/rules-file-change.ts";
import { sqliteFile } from "#store/database-url.ts";
import type { Parsed } from "./arguments.ts";
import { isOwnTouched } from "./installation.ts";
import { findRealPath } from "./same-place.ts";

/** A server's address may hold a password. */
const nameDatabase = ({ databaseUrl }: ConsoleEnv): string =>
  databaseUrl.startsWith("file:") ? sqliteFile(databaseUrl) : "the database of the server";

/** What `--yes` would replace. The rules file and its copy are named: they may lie far from the database. */
export function formatToReplace(env: ConsoleEnv, change: RulesFileChange, { isNew }: { isNew: boolean }): string {
  const copy = `${findRealPath(env.rulesFile)}.backup.<date>-<time>`;
  const then = {
    replaced: `is replaced, and a copy of what it holds stays as ${copy}`,
    made: "is made",
    kept: "stays as it is",
    unwritable: "cannot be written, and stays as it is",
  } as const;
  return `with --yes ${nameDatabase(env)} is ${isNew ? "made" : "replaced"}; the rules file ${env.rulesFile} ${then[change]}`;
}

/** What was replaced, and where a folder was named whether that was a part of this machine's own installation. */
export function formatReplaced(parsed: Parsed, env: ConsoleEnv, change: RulesFileChange): string {
  const isWritten = change === "replaced" || change === "made";
  const kept = change === "kept" ? `; the rules file ${env.rulesFile} is as it was` : "";
  const text = `replaced: ${nameDatabase(env)}${isWritten ? ` and ${env.rulesFile}` : ""}${kept}`;
  if (parsed.text("data-dir") === null) return text;
  if (isOwnTouched(parsed)) return `${text}; of this machine's own installation`;
  return `${text}; this machine's own installation was not touched`;
}
