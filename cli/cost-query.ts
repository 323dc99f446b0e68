import { once } from "node:events";
import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { isDay } from "#core/time/instant.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { visible } from "./output.ts";

const FILTERS = ["project", "team", "model", "person"] as const;

/** Flags of what a cost range is asked about. */
export const costFlags = {
  range: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  project: { type: "string" },
  team: { type: "string" },
  model: { type: "string" },
  person: { type: "string" },
} as const;

/** The query of a cost range from the flags of a command, without a comparison. Throws a `CliError` for half of a pair. */
export function costQuery({ text }: Parsed): Record<string, string> {
  const [from, to] = [text("from"), text("to")];
  for (const [name, day] of [
    ["from", from],
    ["to", to],
  ] as const)
    if (day !== null && !isDay(day))
      throw new CliError(
        exitCodes.usage,
        `--${name} ${day} is no day`,
        "for example: --from 2026-10-01 --to 2026-11-01",
      );
  if ((from === null) !== (to === null)) throw new CliError(exitCodes.usage, "--from and --to belong together");
  if (from !== null && text("range") !== null) throw new CliError(exitCodes.usage, "give --range, or --from and --to");
  const query: Record<string, string> = {
    range: from === null ? (text("range") ?? "30d") : `${from}..${to}`,
    cmp: "none",
  };
  for (const name of FILTERS) {
    const value = text(name);
    if (value !== null) query[name] = value;
  }
  return query;
}

/** Writes a CSV as fast as its reader takes it. On a terminal without what that would obey; a file or pipe gets it as it is. */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(process.stdout.isTTY ? visible(text) : text)) await once(process.stdout, "drain");
}
