import process from "node:process";
import { buildListenerAddress, readListenHost } from "#config/listener-address.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { readSecretVariable } from "./secret-variable.ts";

/** Flag that names the server a command asks. */
export const serverAddressOption = { url: { type: "string" } } as const;

/**
 * The server a command asks: `--url`, `CCO_URL`, or the one that `cco run` would start on this machine. No slash at its
 * end.
 */
export function serverAddress(parsed: Parsed): string {
  const given = parsed.text("url") ?? namedServer() ?? process.env.CCO_PUBLIC_URL;
  return given ? asAddress(given) : ownAddressHere();
}

/** Where `cco run` would serve on this machine, for this machine alone. */
export const ownAddressHere = (): string =>
  buildListenerAddress(readListenHost(process.env), process.env.CCO_PORT || 3000);

/** The server of `CCO_URL`, without a slash at its end; null where none is named. */
export const namedServer = (): string | null => (process.env.CCO_URL ? asAddress(process.env.CCO_URL) : null);

function asAddress(text: string): string {
  // It would be printed with every error, and no request can be sent to it.
  if (/\/\/.*@/.test(text))
    throw new CliError(
      exitCodes.usage,
      "an address with a name or a password in it cannot be used",
      "leave out what stands before the @",
    );
  if (/[?#]/.test(text))
    throw new CliError(
      exitCodes.usage,
      "an address with a query or a fragment cannot be used",
      "leave out what stands from the ? or # on",
    );
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text.replace(/\/+$/, "");
  throw new CliError(exitCodes.usage, `${text} is no address`, "for example: http://cco.example.com:3000");
}

/** Header of the access token in `CCO_TOKEN`; empty without one. */
export function accessHeaders(): Record<string, string> {
  const token = readSecretVariable("CCO_TOKEN");
  return token === null ? {} : { authorization: `Bearer ${token}` };
}
