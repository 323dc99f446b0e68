import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import process from "node:process";
import { hasKeptState } from "#config/kept-state-file.ts";
import { type ConsoleEnv, EnvironmentError, readConsoleEnv } from "#config/read-console-env.ts";
import { databaseRefusal } from "#control/database-away.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { type Actor, operatorActor } from "#core/access/actor.ts";
import { AppError } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { sqliteFile } from "#store/database-url.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { migrate } from "./prepare-database.ts";
import { refusalError } from "./refusal-error.ts";
import { namedServer } from "./server-address.ts";
import { settingsError } from "./settings-error.ts";

/** Flags that say which installation a local verb works on. */
export const placeOptions = { config: { type: "string" }, "data-dir": { type: "string" } } as const;

/** Settings of the installation that a local verb works on. A wrong one ends the command: it is no crash. */
export function readPlace(parsed: Parsed): ConsoleEnv {
  const env = {
    ...process.env,
    ...(parsed.text("config") === null ? {} : { CCO_CONFIG: parsed.text("config") ?? "" }),
    ...(parsed.text("data-dir") === null ? {} : { CCO_DATA_DIR: parsed.text("data-dir") ?? "" }),
  };
  try {
    return readConsoleEnv(env);
  } catch (error) {
    throw error instanceof EnvironmentError ? settingsError(error.mistakes) : error;
  }
}

/**
 * Refuses a command that works on this machine's database where `CCO_URL` names a server: what was meant for that one must
 * not happen here. A place that is named as well says that it is meant.
 */
export function requireHere(parsed: Parsed, command: string): void {
  const { DATABASE_URL, DATABASE_URL_FILE } = process.env;
  const isHere =
    parsed.text("data-dir") !== null || parsed.text("config") !== null || DATABASE_URL || DATABASE_URL_FILE;
  if (namedServer() === null || isHere) return;
  throw new CliError(
    exitCodes.usage,
    `${command} needs the database itself, and cannot ask the server of CCO_URL`,
    "run it on that machine, name a folder with --data-dir, or set DATABASE_URL",
  );
}

/** Whether there is a database to open; a server is taken to be there. */
export const hasDatabase = ({ databaseUrl }: ConsoleEnv): boolean =>
  !databaseUrl.startsWith("file:") || existsSync(sqliteFile(databaseUrl));

/**
 * Runs a verb of the product against this machine's own database, as the operator; refusals become one line and a code.
 * `mayCreate`: a database that is not there is made, also where CCO has run with one.
 */
export async function withControl<T>(
  parsed: Parsed,
  work: (actor: Actor, deps: ControlDeps, databaseUrl: string) => Promise<T>,
  { mayCreate = false }: { mayCreate?: boolean } = {},
): Promise<T> {
  const env = readPlace(parsed);
  if (!mayCreate && !hasDatabase(env))
    throw new CliError(
      exitCodes.failure,
      `there is no CCO database at ${sqliteFile(env.databaseUrl)}`,
      "start `cco run` once, or name the folder with --data-dir (or the file in DATABASE_URL)",
    );
  await migrate(env.databaseUrl, { mustExist: !mayCreate && hasKeptState(env.dataDir) });
  const deps = await makeControlDeps(env);
  try {
    return await asCommand((actor) => work(actor, deps, env.databaseUrl));
  } finally {
    await deps.db.$disconnect();
  }
}

/** Runs a verb that needs no database, as the operator; refusals become one line and a code. */
export async function asCommand<T>(work: (actor: Actor) => Promise<T>): Promise<T> {
  try {
    return await work(operatorActor(userInfo().username));
  } catch (error) {
    const refusal = error instanceof AppError ? error : refusalOfDatabase(error);
    if (refusal === null) throw error;
    throw refusalError(
      { code: refusal.code, text: refusal.publicText, details: refusal.details },
      process.env.CCO_PUBLIC_URL || null,
    );
  }
}

/** A full disk, a lock or a server that is away in the middle of a command is no crash: the same refusal as in the console. */
function refusalOfDatabase(error: unknown): AppError | null {
  const code = databaseRefusal(error);
  return code === null ? null : new AppError(code);
}
