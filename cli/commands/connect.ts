// Long because it is one command. What it sets, what it keeps of before, and what it puts back belong together.

import { existsSync, realpathSync, rmSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { isDeepStrictEqual } from "node:util";
import { resolveRealPath } from "#config/replace-file.ts";
import { readSecretFile } from "#config/secret-file.ts";
import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "../arguments.ts";
import {
  type ClaudeSettings,
  readClaudeSettings,
  readEnv,
  type SettingsScope,
  settingsFile,
  settingsScopes,
  writeClaudeSettings,
} from "../claude-settings.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { keepOutOfGit } from "../git-exclude.ts";
import type { Output } from "../output.ts";
import { readText } from "../read-text.ts";
import { readSecretVariable } from "../secret-variable.ts";
import { serverAddress, serverAddressOption } from "../server-address.ts";

const help = `Examples:
  cco connect claude --dry-run                     show the change, write nothing
  cco connect claude --url https://cco.example.com --key-file ~/cco-key
  cco connect claude --statusline                  also shows today's cost and budget below the prompt
  cco connect claude --undo                        put back what was there before
  sudo cco connect claude --scope managed          for every account of this machine, without a key

Sets ANTHROPIC_BASE_URL, and with a proxy key ANTHROPIC_AUTH_TOKEN, in a settings file of Claude Code. All other
settings stay. A project's settings.json, which is committed, is never touched.

  --scope <name>       user (default): ~/.claude/settings.json; local: .claude/settings.local.json here;
                       managed: this machine
  --url <address>      CCO_URL, else the one of this machine
  --key-file <file>    a file with your proxy key; - reads it from standard input. CCO_PROXY_KEY does, too
  --statusline         let Claude Code show what cco statusline prints
  --dry-run            show the change only
  --undo               put back the values from before
  --no-check           do not ask the address whether it answers`;

export const connectCommand: Command = {
  summary: "Set up Claude Code on this machine to use CCO, or undo it",
  help,
  options: {
    ...serverAddressOption,
    scope: { type: "string" },
    "key-file": { type: "string" },
    "dry-run": { type: "boolean" },
    undo: { type: "boolean" },
    statusline: { type: "boolean" },
    "no-check": { type: "boolean" },
  },
  verbs: ["claude"],
  words: 1,
  run,
};

const ANSWER_WITHIN_MS = 5_000;
const ADDRESS = "ANTHROPIC_BASE_URL";
const KEY = "ANTHROPIC_AUTH_TOKEN";
const STATUS_LINE = "statusLine";
/** Flags that say how to connect. */
const SETTING_UP = ["url", "key-file", "statusline", "no-check"];
/** Beside the settings file while CCO is connected: the values that `--undo` puts back. */
const BEFORE_SUFFIX = ".before-cco";

async function run(parsed: Parsed): Promise<number> {
  const { output, positionals, flag } = parsed;
  if (positionals.join(" ") !== "claude")
    throw new CliError(exitCodes.usage, "name what is to be connected", "cco connect claude");
  const scope = readScope(parsed.text("scope") ?? "user");
  const file = settingsFile(scope);
  if (flag("undo")) {
    const unread = parsed.flags.find((name) => SETTING_UP.includes(name));
    if (unread !== undefined) throw new CliError(exitCodes.usage, `--undo reads no --${unread}`, "leave it out");
    return undo(file, output, flag("dry-run"));
  }
  const url = serverAddress(parsed);
  const key = await readKey(parsed.text("key-file"));
  if (scope === "managed" && key !== null)
    throw new CliError(exitCodes.usage, "a managed file is for all accounts and takes no key", "leave out the key");
  const before = readClaudeSettings(file);
  const changed: Record<string, string> = { [ADDRESS]: url, ...(key === null ? {} : { [KEY]: key }) };
  const line = flag("statusline") ? { [STATUS_LINE]: { type: "command", command: statusLineCommand() } } : {};
  const after = { ...before, ...line, env: { ...envIn(before), ...changed } };
  show(file, readEnv(before), changed, output);
  if (flag("statusline")) output.data(`  ${STATUS_LINE}: ${statusLineCommand()}`);
  if (flag("dry-run")) return exitCodes.ok;
  remember(file, before, changed, line);
  if (scope === "local" && key !== null) sayGit(file, output);
  const isClosed = writeClaudeSettings(file, after, { isSecret: key !== null });
  output.note(`${output.paint("green", "✓")} wrote ${file}; undo with: cco connect claude --scope ${scope} --undo`);
  if (isClosed) output.note("! others could read this file; it holds your key now, so its mode is 0600: yours alone");
  warnOfShell(url, output);
  return flag("no-check") ? exitCodes.ok : checked(url, key, output);
}

/** Before the key is written: a file that git takes in next is not said afterwards. */
function sayGit(file: string, output: Output): void {
  const found = keepOutOfGit(file);
  if (found.kind === "kept") output.note(`added to ${found.list}: the file holds your key and must not be committed`);
  if (found.kind === "tracked")
    output.note(`! git tracks ${file}, which holds your key now: take it out with git rm --cached before you commit`);
}

function readScope(name: string): SettingsScope {
  const scope = settingsScopes.find((one) => one === name);
  if (scope === undefined)
    throw new CliError(exitCodes.usage, `--scope ${name} is not known`, `use ${settingsScopes.join(", ")}`);
  return scope;
}

async function readKey(file: string | null): Promise<string | null> {
  if (file === null) return readSecretVariable("CCO_PROXY_KEY");
  if (file !== "-") {
    const read = readSecretFile(file, "--key-file");
    if (!read.ok) throw new CliError(exitCodes.usage, read.message);
    return read.value;
  }
  const text = await readText("-");
  if (text.trim() === "") throw new CliError(exitCodes.usage, "there is no key on standard input");
  return text.trim();
}

/** All of `env`, with any values: what is not ours stays as it is. */
const envIn = (settings: ClaudeSettings | null): Record<string, unknown> => toRecord(settings?.env);

/** Nothing where a person, or another program, wrote what is no object. */
const toRecord = (value: unknown): Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};

/** A key is shown by its first letters only. */
const shown = (name: string, value: string): string =>
  name === KEY ? `${value.slice(0, value.length < 24 ? 0 : 8)}…` : value;

function show(file: string, before: Record<string, string>, changed: Record<string, string>, output: Output): void {
  output.data(file);
  for (const [name, value] of Object.entries(changed)) {
    const old = before[name];
    if (old === value) output.data(`  env.${name}: ${shown(name, value)} (as it is)`);
    else output.data(`  env.${name}: ${old === undefined ? "" : `${shown(name, old)} → `}${shown(name, value)}`);
  }
}

/** What is kept while CCO is connected. */
interface Kept {
  /** Values of the environment from before the first connection; null where there was none. */
  before: Record<string, unknown>;
  /** What was put in their place since. */
  set: Record<string, unknown>;
  /** The status line from before (null: none) and ours; absent where it was never changed. */
  line?: { before: unknown; set: unknown };
  /** Whether the settings file is ours altogether: it goes when nothing is left in it. */
  isNew: boolean;
}

/** What is kept beside a settings file; null where it was not connected. */
function readKept(file: string): Kept | null {
  const kept = readClaudeSettings(`${file}${BEFORE_SUFFIX}`);
  if (kept === null) return null;
  const line = kept.line as Kept["line"];
  return {
    before: toRecord(kept.before),
    set: toRecord(kept.set),
    ...(line === undefined ? {} : { line }),
    isNew: kept.isNew === true,
  };
}

/**
 * Keeps the values from before the first connection, and what was put in their place since. A value that is not the one
 * that was put there is a person's: it is the one from before from then on.
 */
function remember(
  file: string,
  settings: ClaudeSettings | null,
  changed: Record<string, string>,
  { statusLine }: { statusLine?: unknown },
): void {
  const known = readKept(file) ?? { before: {}, set: {}, isNew: false };
  const env = readEnv(settings);
  const isOurs = (name: string) => name in known.before && env[name] === known.set[name];
  const line = isDeepStrictEqual(settings?.[STATUS_LINE], known.line?.set) ? known.line : undefined;
  const isConnected = line !== undefined || Object.keys(known.set).some(isOurs);
  const before = { ...known.before };
  for (const name of Object.keys(changed)) if (!isOurs(name)) before[name] = env[name] ?? null;
  const isNew = isConnected ? known.isNew : settings === null;
  const kept: Kept = { ...known, before, set: { ...known.set, ...changed }, isNew };
  if (statusLine !== undefined)
    kept.line = { before: line === undefined ? (settings?.[STATUS_LINE] ?? null) : line.before, set: statusLine };
  writeClaudeSettings(`${file}${BEFORE_SUFFIX}`, { ...kept }, { isSecret: KEY in kept.set });
}

function undo(file: string, output: Output, isDryRun: boolean): number {
  const kept = readKept(file);
  const settings = readClaudeSettings(file);
  if (kept === null || settings === null)
    throw new CliError(exitCodes.failure, `${file} was not connected by cco connect`, "nothing was changed");
  output.data(file);
  const rest = withoutLine(settings, kept, output);
  const env = envBefore(settings, kept, output);
  if (isDryRun) return exitCodes.ok;
  const { env: _env, ...others } = rest;
  const after = Object.keys(env).length === 0 ? others : { ...rest, env };
  const isGone = kept.isNew && Object.keys(after).length === 0;
  // Behind a link that led to no file yet, the link stays.
  if (isGone) rmSync(resolveRealPath(file));
  else writeClaudeSettings(file, after);
  rmSync(`${file}${BEFORE_SUFFIX}`, { force: true });
  output.note(`${output.paint("green", "✓")} ${isGone ? "removed" : "wrote"} ${file}`);
  return exitCodes.ok;
}

/** The environment of the settings with the values from before, where ours are still there. */
function envBefore(settings: ClaudeSettings, { before, set }: Kept, output: Output): Record<string, unknown> {
  const env = envIn(settings);
  for (const [name, old] of Object.entries(before)) {
    if (env[name] !== set[name]) {
      output.note(`  env.${name} was changed since and stays`);
      continue;
    }
    output.data(`  env.${name}: ${typeof old === "string" ? `back to ${shown(name, old)}` : "removed"}`);
    if (typeof old === "string") env[name] = old;
    else delete env[name];
  }
  return env;
}

/** The settings with the status line from before, where ours is still there. */
function withoutLine(settings: ClaudeSettings, { line }: Kept, output: Output): ClaudeSettings {
  if (line === undefined) return settings;
  if (!isDeepStrictEqual(settings[STATUS_LINE], line.set)) {
    output.note(`  ${STATUS_LINE} was changed since and stays`);
    return settings;
  }
  const { [STATUS_LINE]: _line, ...rest } = settings;
  output.data(`  ${STATUS_LINE}: ${line.before === null ? "removed" : "back to the one from before"}`);
  return line.before === null ? rest : { ...settings, [STATUS_LINE]: line.before };
}

/**
 * Command of the status line: `cco statusline` where that is this very program, else its full path. An installation in
 * a folder is not on the path.
 */
function statusLineCommand(): string {
  const own = realpathSync(process.argv[1] ?? "");
  const folders = (process.env.PATH ?? "").split(delimiter);
  const isOnPath = folders.some(
    (folder) => existsSync(join(folder, "cco")) && realpathSync(join(folder, "cco")) === own,
  );
  return isOnPath ? "cco statusline" : `"${process.execPath}" "${own}" statusline`;
}

/** The settings file wins over the shell, but other programs read the shell's. */
function warnOfShell(url: string, output: Output): void {
  const shell = process.env[ADDRESS];
  if (shell !== undefined && shell !== "" && shell !== url)
    output.note(`! this shell sets ${ADDRESS}=${shell}; Claude Code takes the settings file's`);
}

async function checked(url: string, key: string | null, output: Output): Promise<number> {
  const signal = AbortSignal.timeout(ANSWER_WITHIN_MS);
  const path = key === null ? "/livez" : "/v1/models";
  // As Claude Code asks: without its version the provider's API refuses every request.
  const headers: Record<string, string> =
    key === null ? {} : { authorization: `Bearer ${key}`, "anthropic-version": "2023-06-01" };
  try {
    const { status } = await fetch(`${url}${path}`, { headers, redirect: "manual", signal });
    if (status === 200) {
      output.note(`${output.paint("green", "✓")} ${url}${path} answers`);
      return exitCodes.ok;
    }
    const hint =
      status === 401 ? "is this your proxy key? The Connect page makes one" : "cco doctor looks for the reason";
    output.error(`${url}${path} answers ${status}`, hint);
    return status === 401 || status === 403 ? exitCodes.notAllowed : exitCodes.failure;
  } catch {
    output.error(`${url} does not answer`, "the settings are written; start CCO, or correct --url");
    return exitCodes.unreachable;
  }
}
