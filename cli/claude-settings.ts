import { existsSync, readdirSync, readFileSync } from "node:fs";
import { homedir, platform } from "node:os";
import { dirname, join } from "node:path";
import { exitCodes } from "#core/exit-codes.ts";
import { findRepeatedName } from "#core/repeated-name.ts";
import { makeFolder } from "#store/make-folder.ts";
import { CliError } from "./cli-error.ts";
import { writeWhole } from "./write-whole.ts";

/**
 * Scope of a settings file of Claude Code. `user` is for this account, `local` for this folder and this account,
 * `managed` for this machine.
 */
export type SettingsScope = "user" | "local" | "managed";

export const settingsScopes: readonly SettingsScope[] = ["user", "local", "managed"];

/** Content of a settings file, in the order of its keys. */
export type ClaudeSettings = Record<string, unknown>;

/** Where Claude Code 2.1 looks for each file. The project's `settings.json` is committed and therefore never touched. */
export function settingsFile(scope: SettingsScope): string {
  if (scope === "user") return join(accountFolder(), "settings.json");
  if (scope === "local") return join(process.cwd(), ".claude", "settings.local.json");
  const folders: Partial<Record<NodeJS.Platform, string>> = {
    darwin: "/Library/Application Support/ClaudeCode",
    win32: "C:\\Program Files\\ClaudeCode",
  };
  return join(folders[platform()] ?? "/etc/claude-code", "managed-settings.json");
}

function accountFolder(): string {
  try {
    return process.env.CLAUDE_CONFIG_DIR ?? join(homedir(), ".claude");
  } catch {
    // A user without an account, as containers have them, in an environment without HOME.
    throw new CliError(exitCodes.usage, "this user has no home folder", "set HOME, or CLAUDE_CONFIG_DIR");
  }
}

function listAccountFiles(): string[] {
  try {
    return [settingsFile("user")];
  } catch (error) {
    if (error instanceof CliError) return [];
    throw error;
  }
}

/**
 * Lists every settings file that Claude Code reads in this folder, in the order of precedence. The machine's come
 * first, of its folder of parts the last one first. Then come this person's for this project, the project's, and this
 * account's.
 */
export function settingsFilesRead(managed = settingsFile("managed")): string[] {
  const parts = join(dirname(managed), "managed-settings.d");
  const names = existsSync(parts) ? readdirSync(parts).filter((name) => /^[^.].*\.json$/.test(name)) : [];
  const project = join(process.cwd(), ".claude", "settings.json");
  const ofMachine = [
    ...names
      .sort()
      .reverse()
      .map((name) => join(parts, name)),
    managed,
  ];
  return [...new Set([...ofMachine, settingsFile("local"), project, ...listAccountFiles()])];
}

/**
 * Reads a settings file; null where there is none. Throws a `CliError` for one that is no JSON object, or names something
 * twice, of which writing it again would drop one: it is not guessed at.
 */
export function readClaudeSettings(file: string): ClaudeSettings | null {
  if (!existsSync(file)) return null;
  try {
    const text = readFileSync(file, "utf8") || "{}";
    const value: unknown = JSON.parse(text);
    const repeated = findRepeatedName(text);
    if (repeated !== null) throw unusable(file, `names ${repeated} twice`, "correct it first; nothing was changed");
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as ClaudeSettings;
  } catch (error) {
    if (error instanceof CliError) throw error;
    if (!(error instanceof SyntaxError)) throw unusable(file, "cannot be read", "check its permissions");
  }
  throw unusable(file, "is not a JSON object", "correct it first; nothing was changed");
}

/** The variables that a settings file sets, those that are written as a JSON number, true or false among them. */
export function readEnv(settings: ClaudeSettings | null): Record<string, string> {
  const env = settings?.env;
  if (typeof env !== "object" || env === null) return {};
  return Object.fromEntries(
    Object.entries(env).flatMap(([name, value]) =>
      ["string", "number", "boolean"].includes(typeof value) ? [[name, String(value)]] : [],
    ),
  );
}

/**
 * Replaces a settings file as a whole. One that holds a key (`isSecret`), or is new, is readable by this user only.
 * Returns whether others could read it before and cannot now.
 */
export function writeClaudeSettings(file: string, settings: ClaudeSettings, { isSecret = false } = {}): boolean {
  try {
    makeFolder(dirname(file), 0o777);
  } catch (error) {
    throw unusable(dirname(file), `cannot be made (${(error as NodeJS.ErrnoException).code})`, "check its permissions");
  }
  return writeWhole(file, `${JSON.stringify(settings, null, 2)}\n`, { isSecret });
}

const unusable = (file: string, what: string, hint: string): CliError =>
  new CliError(exitCodes.failure, `${file} ${what}`, hint);
