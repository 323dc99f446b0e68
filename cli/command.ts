import type { FlagOptions, Parsed } from "./arguments.ts";

/** A command of `cco`. Help, completion and the list of commands are made from this alone. */
export interface Command {
  /** Its line in the list of commands. */
  summary: string;
  /** Printed by `--help`; begins with `Examples:`. */
  help: string;
  options: FlagOptions;
  /** First words it takes, in the order of its help. */
  verbs?: readonly string[];
  /** Number of words that it takes at most, or behind each of its verbs; none unless said. */
  words?: number | Readonly<Record<string, number>>;
  /** Flags that only some of its verbs read, with these; `""` is the command without a verb. All others are read by each. */
  flagsOf?: Readonly<Record<string, readonly string[]>>;
  /** Left out of the list and of completion. */
  isHidden?: true;
  /** Resolves to the exit code. Expected failures are a `CliError`. */
  run(parsed: Parsed, commands: Commands): Promise<number>;
}

/** Every command by its name, in the order of the list. */
export type Commands = Readonly<Record<string, Command>>;
