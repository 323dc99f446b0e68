import { isIP } from "node:net";
import { isKnownZone } from "#core/time/instant.ts";
import { INTEGER_BOUNDS } from "./environment.ts";
import { readSecretFile } from "./secret-file.ts";

export type Env = Readonly<Record<string, string | undefined>>;

/** One error in the environment: the variable, its value, and the fix. */
export interface EnvMistake {
  variable: string;
  message: string;
  /** Whether the values are correct but the permissions of a file are too wide. */
  isPermission: boolean;
}

/** The environment, and where mistakes and warnings about it go. */
export interface EnvReader {
  env: Env;
  mistake: (variable: string, message: string, isPermission?: boolean) => void;
  warn: (line: string) => void;
}

/** Reads a text; null when it is missing or blank. */
export function readText(env: Env, name: string): string | null {
  const value = env[name]?.trim();
  return value === undefined || value === "" ? null : value;
}

/** Reads a whole number within its bounds; the fallback, with a mistake, when it is none. */
export function readInteger({ env, mistake }: EnvReader, name: keyof typeof INTEGER_BOUNDS): number {
  const { fallback, least, most } = INTEGER_BOUNDS[name];
  const value = readText(env, name);
  if (value === null) return fallback;
  const number = /^\d{1,9}$/.test(value) ? Number(value) : Number.NaN;
  if (number >= least && number <= most) return number;
  mistake(name, `${name}=${shown(value)} must be a whole number from ${least} to ${most}`);
  return fallback;
}

/** Reads 1, 0, true or false; null when it is missing or, with a mistake, something else. */
export function readSwitch({ env, mistake }: EnvReader, name: string): boolean | null {
  const value = readText(env, name);
  if (value === null) return null;
  if (value === "1" || value === "true") return true;
  if (value === "0" || value === "false") return false;
  mistake(name, `${name}=${shown(value)} must be 1 or 0`);
  return null;
}

/** Reads a full http or https address; null when it is missing or, with a mistake, none. */
export function readUrl({ env, mistake }: EnvReader, name: string): URL | null {
  const value = readText(env, name);
  if (value === null) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url !== null && (url.protocol === "http:" || url.protocol === "https:")) return url;
  mistake(name, `${name}=${shown(value)} must be a full address such as https://cco.example.com`);
  return null;
}

/**
 * Reads an address of which only scheme, host and port are used; null when it is missing. A mistake that names what is
 * too much: it would be left out unseen.
 */
export function readOrigin(reader: EnvReader, name: string): URL | null {
  const url = readUrl(reader, name);
  if (url === null) return null;
  const tooMuch = [
    ...(url.username + url.password === "" ? [] : ["a user name or password"]),
    ...(url.pathname === "/" ? [] : [`the path ${shown(url.pathname)}`]),
    ...(url.search === "" ? [] : ["a query"]),
    ...(url.hash === "" ? [] : ["a fragment"]),
  ];
  if (tooMuch.length === 0) return url;
  reader.mistake(name, `${name} holds ${tooMuch.join(", ")}, which CCO does not use: set ${name}=${url.origin}`);
  return null;
}

/** Reads a text from `NAME` or from the file named by `NAME_FILE`. */
export function readSecretText({ env, mistake, warn }: EnvReader, name: string): string | null {
  const direct = readText(env, name);
  const file = readText(env, `${name}_FILE`);
  if (direct !== null && file !== null) {
    mistake(name, `${name} and ${name}_FILE are both set: keep one of them`);
    return null;
  }
  if (file === null) return direct;
  const read = readSecretFile(file, `${name}_FILE`);
  if (!read.ok) {
    mistake(`${name}_FILE`, read.message, read.isPermission);
    return null;
  }
  if (read.warning !== null) warn(read.warning);
  return read.value;
}

/** Reads a secret that becomes a header. */
export function readSecret(reader: EnvReader, name: string): string | null {
  const value = readSecretText(reader, name);
  // The value becomes a header: a stray newline would throw on every request instead of once, here.
  if (value !== null && !/^[\x21-\x7e]+$/.test(value)) {
    reader.mistake(
      name,
      `${name} contains spaces or characters that a header cannot contain: check for a line break in the middle`,
    );
    return null;
  }
  return value;
}

/** Reads parts separated by commas. */
export function readList(env: Env, name: string): string[] {
  return (readText(env, name) ?? "")
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "");
}

/** An IP address, or a name of letters, digits, hyphens and underscores between single dots. */
const HOST = /^(\[[0-9a-f:.]+\]|[a-z0-9_][a-z0-9_-]*(\.[a-z0-9_][a-z0-9_-]*)*\.?)$/;

/**
 * Reads host names, with or without a port, as a `Host` header has them. They are in lower case, with IPv6 in brackets
 * and IDN as ASCII.
 */
export function readHosts({ env, mistake }: EnvReader, name: string): string[] {
  const hosts: string[] = [];
  for (const part of readList(env, name)) {
    const [, text = part, port = ""] = isIP(part) === 6 ? [part, `[${part}]`] : (/^(.*?)(:\d{1,5})?$/.exec(part) ?? []);
    const url = URL.canParse(`http://${text}`) ? new URL(`http://${text}`) : null;
    const isHost =
      url !== null && url.href === `http://${url.hostname}/` && HOST.test(url.hostname) && !/[/?#*]/.test(text);
    if (isHost) hosts.push(url.hostname.replace(/\.$/, "") + port);
    else
      mistake(
        name,
        `${name} holds ${shown(part)}, which is no host: write a name such as cco.example.com, without http:// and path`,
      );
  }
  return hosts;
}

/** Reads the zone that the operator has fixed, by its IANA name. Null when it is missing or, with a mistake, none. */
export function readZone({ env, mistake }: EnvReader): string | null {
  const zone = readText(env, "CCO_REPORTING_TZ");
  if (zone === null || isKnownZone(zone)) return zone;
  mistake(
    "CCO_REPORTING_TZ",
    `CCO_REPORTING_TZ=${shown(zone)} is not a time zone: use a name such as Europe/Berlin or UTC`,
  );
  return null;
}

/** Shortens a value to fit one line of an error message. */
export function shown(value: string): string {
  // Before an @ may stand a password, also where the rest is no address.
  if (value.includes("@")) return '"…" (not shown, as it may hold a password)';
  return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
}
