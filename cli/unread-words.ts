import { exitCodes } from "#core/exit-codes.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import type { Command } from "./command.ts";

/** A word that nothing reads is a mistake: it was meant to change what is done. A verb that is not known is said by its command. */
export function refuseMoreWords(name: string, { words = 0 }: Command, given: readonly string[]): void {
  const [verb = ""] = given;
  const max = typeof words === "number" ? words : Object.hasOwn(words, verb) ? (words[verb] ?? 0) + 1 : given.length;
  const extra = given[max];
  if (extra !== undefined)
    throw new CliError(exitCodes.usage, `"${extra}" is one word too many`, `cco ${name} --help shows what it takes`);
}

/** As with words: `cco rules rollback --dry-run` must not roll back. A verb that is not known is said by its command. */
export function refuseUnreadFlags(
  name: string,
  { verbs = [], flagsOf = {} }: Command,
  { flags, positionals }: Parsed,
): void {
  const [verb = ""] = positionals;
  if (verb !== "" && !verbs.includes(verb)) return;
  const unread = flags.find((flag) => Object.hasOwn(flagsOf, flag) && !flagsOf[flag]?.includes(verb));
  if (unread === undefined) return;
  const readers = (flagsOf[unread] ?? []).map((reader) => `cco ${name} ${reader}`.trim());
  throw new CliError(
    exitCodes.usage,
    `cco ${`${name} ${verb}`.trim()} does not take --${unread}`,
    `it belongs to ${readers.join(", ")}`,
  );
}
