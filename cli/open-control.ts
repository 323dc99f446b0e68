import { userInfo } from "node:os";
import process from "node:process";
import { hasKeptState } from "#config/kept-state-file.ts";
import type { ConsoleEnv } from "#config/read-console-env.ts";
import { databaseRefusal } from "#control/database-away.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { type Actor, operatorActor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { findClosedDatabase } from "#store/closed-database.ts";
import { describeAbsence, findFullDisk } from "#store/database-fault.ts";
import { sqliteFile } from "#store/database-url.ts";
import { findPresence } from "#store/sqlite-presence.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { type InstallationScope, readInstallation } from "./installation.ts";
import { migrate } from "./prepare-database.ts";
import { refusalError } from "./refusal-error.ts";

/** Whether there is a database to open; a server is taken to be there. Ends the command where this user may not see it. */
export function hasDatabase({ databaseUrl }: ConsoleEnv): boolean {
  const presence = findPresence(databaseUrl);
  if (presence.kind !== "refused") return presence.kind === "there";
  throw new CliError(
    exitCodes.permissions,
    `this user may not open the database ${sqliteFile(databaseUrl)} (${presence.errorCode} at ${presence.path})`,
    "run it as the user that CCO runs as, or name another installation with --data-dir",
  );
}

/** Builds the end of a command without a database. A first start makes one, a later one does not. */
function noDatabase({ databaseUrl, dataDir }: ConsoleEnv): CliError {
  if (hasKeptState(dataDir)) {
    const { state, fix } = describeAbsence("gone", databaseUrl);
    return new CliError(exitCodes.databaseUnusable, state, fix);
  }
  return new CliError(
    exitCodes.failure,
    `there is no CCO database at ${sqliteFile(databaseUrl)}`,
    "start `cco run` once, or name the folder with --data-dir (or the file in DATABASE_URL)",
  );
}

/**
 * Runs a verb of the product against this machine's own database, as the operator. Refusals become one line and a code.
 * `mayCreate`: a database that is not there is made, also where CCO has run with one. `place`: how `--data-dir` is
 * read.
 */
export async function withControl<T>(
  parsed: Parsed,
  work: (actor: Actor, deps: ControlDeps, databaseUrl: string) => Promise<T>,
  { mayCreate = false, place = "usual" }: { mayCreate?: boolean; place?: InstallationScope } = {},
): Promise<T> {
  const env = readInstallation(parsed, place);
  if (!hasDatabase(env) && !mayCreate) throw noDatabase(env);
  await migrate(env.databaseUrl, { mustExist: !mayCreate && hasKeptState(env.dataDir) });
  const deps = await asCommand(() => makeControlDeps(env), env.databaseUrl);
  try {
    return await asCommand((actor) => work(actor, deps, env.databaseUrl), env.databaseUrl);
  } finally {
    await deps.db.$disconnect();
  }
}

/**
 * Runs a verb as the operator; refusals become one line and a code. `databaseUrl`: that of the database it uses, for the
 * place of a full disk, and for the path that this user may not write.
 */
export async function asCommand<T>(work: (actor: Actor) => Promise<T>, databaseUrl: string | null = null): Promise<T> {
  try {
    return await work(operatorActor(readAccountName()));
  } catch (error) {
    const isRefusal = error instanceof AppError;
    const closed = isRefusal || databaseUrl === null ? null : findClosedDatabase(error, databaseUrl);
    if (closed !== null) throw new CliError(exitCodes.permissions, closed.text, closed.fix);
    const refusal = isRefusal ? error : refusalOfDatabase(error, databaseUrl);
    if (refusal === null) throw error;
    throw refusalError(
      { code: refusal.code, text: refusal.publicText, details: refusal.details },
      process.env.CCO_PUBLIC_URL || null,
    );
  }
}

/** Reads the name of the account a command runs as. A container may run it as a number that no account has. */
function readAccountName(): string {
  try {
    return userInfo().username;
  } catch {
    return `user ${process.getuid?.() ?? "unknown"}`;
  }
}

/**
 * Finds the refusal for a database fault in the middle of a command, as in the console. A full disk, a lock or a server
 * that is away is no crash.
 */
function refusalOfDatabase(error: unknown, databaseUrl: string | null): AppError | null {
  const full = databaseUrl === null ? null : findFullDisk(error, databaseUrl);
  if (full !== null) return new AppError("database.full", {}, `${full}.`);
  const code = databaseRefusal(error);
  return code === null ? null : new AppError(code);
}
