import { type ParseArgsConfig, parseArgs } from "node:util";
import { exitCodes } from "#core/exit-codes.ts";
import { nearest } from "#core/rules/nearest.ts";
import { CliError } from "./cli-error.ts";
import { makeOutput, type Output } from "./output.ts";

export type FlagOptions = NonNullable<ParseArgsConfig["options"]>;

/** Flags of every command. */
export const commonOptions = {
  help: { type: "boolean", short: "h" },
  quiet: { type: "boolean", short: "q" },
  "no-color": { type: "boolean" },
} satisfies FlagOptions;

export interface Parsed {
  text: (name: string) => string | null;
  flag: (name: string) => boolean;
  /** Names of the flags that were given. */
  flags: readonly string[];
  positionals: string[];
  output: Output;
}

/** Parses a command's arguments; an invalid one ends with one line and a hint to the help. Null: print the help. */
export function parseArguments(args: readonly string[], options: FlagOptions, command: string): Parsed | null {
  try {
    const { values, positionals, tokens } = parseArgs({
      args: [...args],
      options: { ...options, ...commonOptions },
      allowPositionals: true,
      tokens: true,
    });
    refuseRepeated(tokens as readonly Token[]);
    refuseEmpty(tokens as readonly Token[]);
    const given: Record<string, unknown> = values;
    const flag = (name: string) => given[name] === true;
    if (flag("help")) return null;
    const text = (name: string) => {
      const value = given[name];
      return typeof value === "string" ? value : null;
    };
    const flags = Object.keys(given);
    return { text, flag, flags, positionals, output: makeOutput({ quiet: flag("quiet"), color: !flag("no-color") }) };
  } catch (error) {
    if (error instanceof CliError) throw error;
    const reason = error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error);
    const valueless = VALUELESS.exec(reason)?.[1];
    if (valueless !== undefined) throw withoutValue(valueless, args);
    throw new CliError(
      exitCodes.usage,
      reason.replace(/\.$/, ""),
      hintFor(reason, { ...options, ...commonOptions }, command),
    );
  }
}

/** How Node says that the value of an option is missing, or begins with a dash. */
const VALUELESS = /^Option '(?:-\w, )?--([\w-]+)(?: <value>)?' argument (?:missing|is ambiguous)/;

function withoutValue(name: string, args: readonly string[]): CliError {
  const behind = args[args.indexOf(`--${name}`) + 1];
  const hint =
    behind === undefined || !args.includes(`--${name}`)
      ? `--${name}=<value>`
      : `${behind} begins with a dash: if it is the value, write --${name}=${behind}`;
  return new CliError(exitCodes.usage, `--${name} needs a value`, hint);
}

/** What Node's parser found: an option with its value, where it takes one, or a word. */
interface Token {
  name?: string;
  value?: string;
}

/**
 * Refuses an option that is given more than once. The last of two values would win without a word. With `--keep-days 90
 * --keep-days 3` it would delete what was to be kept.
 */
function refuseRepeated(tokens: readonly Token[]): void {
  const names = tokens.flatMap(({ name, value }) => (name !== undefined && value !== undefined ? [name] : []));
  const twice = names.find((name, at) => names.indexOf(name) !== at);
  if (twice !== undefined) throw new CliError(exitCodes.usage, `--${twice} is given more than once`, "give it once");
}

/**
 * Refuses an option or a word without text: a variable of a script that is not set. Read as if it were not given, it
 * would turn a restore to try a backup into one of the live installation. No option means something by an empty value.
 */
function refuseEmpty(tokens: readonly Token[]): void {
  const empty = tokens.find(({ value }) => value?.trim() === "");
  if (empty === undefined) return;
  const hint = "a variable in the command line may not be set";
  const text = empty.name === undefined ? "an argument is empty" : `--${empty.name} needs a value`;
  throw new CliError(exitCodes.usage, text, hint);
}

/** Reads a flag of hours, such as `24h`, in milliseconds; null when it was not given. */
export function readHours({ text }: Parsed, name: string): number | null {
  const given = text(name);
  if (given === null) return null;
  const hours = /^([1-9]\d{0,4})h$/.exec(given)?.[1];
  if (hours !== undefined) return Number(hours) * 3_600_000;
  throw new CliError(exitCodes.usage, `--${name} ${given} is no number of hours`, "for example: 24h");
}

/** The flag that was probably meant, or where to look. */
function hintFor(reason: string, options: FlagOptions, command: string): string {
  const flag = /'--([\w-]+)/.exec(reason)?.[1];
  const meant = flag === undefined ? null : nearest(flag, Object.keys(options));
  return meant === null ? `cco ${command} --help lists its options` : `did you mean --${meant}?`;
}
