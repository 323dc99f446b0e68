import { once } from "node:events";
import process from "node:process";
import { exitCodes } from "#core/exit-codes.ts";
import { addDays, isDay } from "#core/time/instant.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { visible } from "./output.ts";

const FILTERS = ["project", "team", "model", "person"] as const;

/** Flags of what a cost range is asked about. */
export const costFlags = {
  range: { type: "string" },
  from: { type: "string" },
  to: { type: "string" },
  since: { type: "string" },
  until: { type: "string" },
  project: { type: "string" },
  team: { type: "string" },
  model: { type: "string" },
  person: { type: "string" },
} as const;

/**
 * The query of a cost range from the flags of a command, without a comparison. Throws a `CliError` for half of a pair, and
 * for a range that is given twice. `usual`: the range unless one is given.
 */
export function costQuery({ text }: Parsed, usual = "30d"): Record<string, string> {
  const ranges = [text("range"), readFromTo(text("from"), text("to")), readSinceUntil(text)].filter(
    (range) => range !== null,
  );
  if (ranges.length > 1)
    throw new CliError(exitCodes.usage, "give one range", "--range, or --from and --to, or --since and --until");
  const query: Record<string, string> = { range: ranges[0] ?? usual, cmp: "none" };
  for (const name of FILTERS) {
    const value = text(name);
    if (value !== null) query[name] = value;
  }
  return query;
}

function readFromTo(from: string | null, to: string | null): string | null {
  requireDay("from", from);
  requireDay("to", to);
  if ((from === null) !== (to === null)) throw new CliError(exitCodes.usage, "--from and --to belong together");
  return from === null ? null : `${from}..${to}`;
}

/** The days as `ccusage` takes them: `20261001` or `2026-10-01`, both ends included, today where there is no end. */
function readSinceUntil(text: Parsed["text"]): string | null {
  const [since, until] = [withHyphens(text("since")), withHyphens(text("until"))];
  requireDay("since", since);
  requireDay("until", until);
  if (until !== null && since === null) throw new CliError(exitCodes.usage, "--until needs --since");
  if (since === null) return null;
  if (until !== null && until < since)
    throw new CliError(exitCodes.usage, `--until ${until} is before --since ${since}`, "the last day comes second");
  return `${since}..${until === null ? "" : addDays(until, 1)}`;
}

const withHyphens = (day: string | null): string | null =>
  day === null ? null : day.replace(/^(\d{4})(\d\d)(\d\d)$/, "$1-$2-$3");

function requireDay(name: "from" | "to" | "since" | "until", day: string | null): void {
  if (day !== null && !isDay(day)) throw new CliError(exitCodes.usage, `--${name} ${day} is no day`, EXAMPLES[name]);
}

const FROM_TO = "for example: --from 2026-10-01 --to 2026-11-01";
const SINCE_UNTIL = "for example: --since 2026-10-01 --until 2026-10-31";
const EXAMPLES = { from: FROM_TO, to: FROM_TO, since: SINCE_UNTIL, until: SINCE_UNTIL } as const;

/** Writes a CSV as fast as its reader takes it. On a terminal without what that would obey; a file or pipe gets it as it is. */
export async function writeOut(text: string): Promise<void> {
  if (!process.stdout.write(process.stdout.isTTY ? visible(text) : text)) await once(process.stdout, "drain");
}
