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
    const { values, positionals } = parseArgs({
      args: [...args],
      options: { ...options, ...commonOptions },
      allowPositionals: true,
    });
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
    const reason = error instanceof Error ? (error.message.split(". ")[0] ?? "") : String(error);
    throw new CliError(
      exitCodes.usage,
      reason.replace(/\.$/, ""),
      hintFor(reason, { ...options, ...commonOptions }, command),
    );
  }
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
