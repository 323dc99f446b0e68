import { resolve } from "node:path";
import { readText } from "#config/env-values.ts";
import { readSecretFile } from "#config/secret-file.ts";
import type { AppError } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { CliError } from "./cli-error.ts";

const EMAIL = "CCO_INIT_ADMIN_EMAIL";
const PASSWORD_FILE = "CCO_INIT_ADMIN_PASSWORD_FILE";

/**
 * The first owner of a start without a browser; null where none is named. Throws a CliError where the password cannot
 * be read.
 */
export function readInitialOwner(
  env: Readonly<Record<string, string | undefined>>,
): { email: string; password: string } | null {
  const email = readText(env, EMAIL);
  if (email === null) return null;
  const file = readText(env, PASSWORD_FILE);
  if (file === null) throw new CliError(exitCodes.invalidConfig, `${EMAIL} also needs ${PASSWORD_FILE}`);
  const read = readSecretFile(resolve(file), PASSWORD_FILE);
  if (!read.ok) throw new CliError(read.isPermission ? exitCodes.permissions : exitCodes.invalidConfig, read.message);
  return { email, password: read.value };
}

/**
 * Explains why the first owner cannot be created, and names the variable that holds what cannot be used. The owner's
 * name is made of the address.
 */
export function describeInitialOwner({ details, publicText }: AppError): { variable: string; text: string } {
  const fields = Object.entries((details.fields ?? {}) as Record<string, string>);
  const [field, reason] = fields.find(([name]) => name !== "name") ?? fields[0] ?? [null, publicText];
  const variable = field === "password" ? PASSWORD_FILE : EMAIL;
  return { variable, text: `the first owner could not be created: ${field === null ? "" : `${variable}: `}${reason}` };
}
