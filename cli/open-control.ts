import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import process from "node:process";
import { hasKeptState } from "#config/kept-state-file.ts";
import { type ConsoleEnv, readConsoleEnv } from "#config/read-console-env.ts";
import { type ControlDeps, makeControlDeps } from "#control/deps.ts";
import { type Actor, operatorActor } from "#core/access/actor.ts";
import { AppError, type ErrorCode } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { sqliteFile } from "#store/database-url.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { migrate } from "./prepare-database.ts";

/** Flags that say which installation a local verb works on. */
export const placeOptions = { config: { type: "string" }, "data-dir": { type: "string" } } as const;

/** Settings of the installation that a local verb works on. */
export const readPlace = (parsed: Parsed): ConsoleEnv =>
  readConsoleEnv({
    ...process.env,
    ...(parsed.text("config") === null ? {} : { CCO_CONFIG: parsed.text("config") ?? "" }),
    ...(parsed.text("data-dir") === null ? {} : { CCO_DATA_DIR: parsed.text("data-dir") ?? "" }),
  });

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
      `there is no CCO database in ${env.dataDir}`,
      "start `cco run` once, or name the folder with --data-dir",
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
    if (!(error instanceof AppError)) throw error;
    throw new CliError(codeOf(error.code), error.publicText, hintOf(error));
  }
}

function codeOf(code: ErrorCode): number {
  if (code === "rules.changed-meanwhile" || code === "rules.unchanged" || code === "rules.file-read-only")
    return exitCodes.conflict;
  if (code === "backup.in-use") return exitCodes.conflict;
  if (code === "backup.newer" || code === "backup.older") return exitCodes.databaseUnusable;
  if (code === "backup.unwritable") return exitCodes.cannotCreate;
  if (code === "rules.invalid") return exitCodes.invalidConfig;
  if (code === "backup.foreign" || code === "rules.comment-required" || code === "request.invalid")
    return exitCodes.usage;
  return code.startsWith("auth.") ? exitCodes.notAllowed : exitCodes.failure;
}

/** The first thing to fix, where the refusal names one. */
function hintOf({ code, details }: AppError): string | null {
  if (code === "rules.comment-required") return "say it with -m";
  if (code === "rules.changed-meanwhile") return `look at it with: cco rules show ${String(details.current)}`;
  if (code !== "rules.invalid") return null;
  const failed = Array.isArray(details.failedTests) ? details.failedTests : [];
  if (typeof failed[0] === "string") return failed[0];
  const problems: unknown[] = Array.isArray(details.problems) ? details.problems : [];
  const first = problems.find((problem) => typeof problem === "object" && problem !== null);
  if (first === undefined || first === null) return null;
  return `line ${Reflect.get(first as object, "line")}: ${Reflect.get(first as object, "message")}`;
}
