import type { Env } from "#config/env-values.ts";
import type { ProxySettings } from "#config/read-env.ts";
import { isTableMissing } from "#control/database-away.ts";
import { isSetupOpen, parseFirstOwner } from "#control/team/first-owner.ts";
import { AppError } from "#core/errors.ts";
import { openDatabase } from "#store/client.ts";
import { findPresence } from "#store/sqlite-presence.ts";
import { CliError } from "../cli-error.ts";
import { describeInitialOwner, readInitialOwner } from "../initial-owner.ts";
import { type Finding, problem, warning } from "./finding.ts";

const DATABASE_WITHIN_MS = 5_000;
const OR_UNSET = "or unset CCO_INIT_ADMIN_EMAIL";

/** Whether the first owner of a start without a browser can be read: a start that cannot ends. */
export function checkOwnerVariables(env: Env): Finding[] {
  try {
    readInitialOwner(env);
    return [];
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    return [problem("settings", error.message, `correct CCO_INIT_ADMIN_PASSWORD_FILE, ${OR_UNSET}`)];
  }
}

/** Whether the named first owner can be created before CCO is set up: later starts do not use them. */
export async function checkFirstOwner({ databaseUrl }: ProxySettings, env: Env): Promise<Finding[]> {
  const owner = readInitialOwner(env);
  if (owner === null) return [];
  try {
    parseFirstOwner(owner);
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const { variable, text } = describeInitialOwner(error);
    const fix = `correct ${variable}, ${OR_UNSET}`;
    const isOpen = await isToBeSetUp(databaseUrl);
    if (isOpen === null) return [warning("settings", `${text} (the database does not say whether there is one)`, fix)];
    return isOpen ? [problem("settings", text, fix)] : [];
  }
}

/** Null where the database does not say. Makes none. */
async function isToBeSetUp(databaseUrl: string): Promise<boolean | null> {
  const { kind } = findPresence(databaseUrl);
  if (kind !== "there") return kind === "missing" ? true : null;
  try {
    const db = await openDatabase(databaseUrl, { timeoutMs: DATABASE_WITHIN_MS });
    return await isSetupOpen(db).finally(() => db.$disconnect());
  } catch (error) {
    return isTableMissing(error) ? true : null;
  }
}
