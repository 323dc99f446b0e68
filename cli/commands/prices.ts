import * as z from "zod";
import { formatPriceProblem, parsePricesToml } from "#config/prices-toml.ts";
import { savePrices } from "#control/prices/change.ts";
import { previewPrices } from "#control/prices/preview.ts";
import { readPrices } from "#control/prices/read.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "../arguments.ts";
import { type Ask, INSTALLATION_HELP, withInstallation } from "../ask.ts";
import { CliError } from "../cli-error.ts";
import type { Command } from "../command.ts";
import { installationOptions } from "../installation.ts";
import { nameSource, readNamedText } from "../read-text.ts";
import { corrections, reprice, undo } from "../reprice.ts";
import { runVerb, type Verb } from "../verbs.ts";
import { versionNumber } from "../version-number.ts";

const help = `Examples:
  cco prices list
  cco prices validate prices.toml
  cco prices set prices.toml --dry-run
  cco prices set prices.toml -m "Agreement of 2027"
  cco prices reprice --from 2026-10-01 --to 2026-11-01 --models claude-opus-5-5 --dry-run

  list                 what each model costs today, and where the price comes from
  validate <file|->    check a file of own prices; nothing is asked of an installation
  set <file|->         save it as the next version; -m says what it changes

  -m <text>            comment
  --if-version <v>     refuse when another version is in force (exit 5)
  --dry-run            set, reprice: show what would change only
  reprice              price recorded requests of --from to --to again at the prices in force; what that changes is
                       written beside the books, and requests keep their amounts
  corrections          what was priced again, newest first
  undo <number>        take a correction back, by another one

  --from, --to <day>   whole days of the reporting zone; the end is not included
  --models <ids>       only requests that asked for one of these models or were served by it, with commas
  --json               {"schema_version":1, and what the API answers}
${INSTALLATION_HELP}`;

const options = {
  ...installationOptions,
  message: { type: "string", short: "m" },
  "if-version": { type: "string" },
  "dry-run": { type: "boolean" },
  from: { type: "string" },
  to: { type: "string" },
  models: { type: "string" },
  json: { type: "boolean" },
} as const;

type PricesVerb = (parsed: Parsed, args: readonly string[], ask: Ask) => Promise<void>;

// What is read of the answers here.
const paidShape = z.object({ input: z.string(), output: z.string() }).nullable();
const rowShape = z.object({
  model: z.string(),
  speed: z.enum(["standard", "fast"]),
  today: z.object({
    paid: paidShape,
    source: z.enum(["list", "own", "none"]),
    discountPercent: z.string().nullable(),
    multiplier: z.string().nullable(),
  }),
});
const bookShape = z.object({
  priceVersion: z.string(),
  version: z.object({ number: z.int() }).nullable(),
  rows: z.array(rowShape),
});
const previewShape = z.object({
  problems: z.array(z.object({ line: z.number(), field: z.string(), message: z.string() })),
  changes: z.array(
    z.object({
      model: z.string(),
      speed: z.string(),
      from: z.string().nullable(),
      until: z.string().nullable(),
      before: z.object({ paid: paidShape }),
      after: z.object({ paid: paidShape }),
    }),
  ),
});
const savedShape = z.object({ version: z.object({ number: z.int(), comment: z.string() }) });

const readBook = (ask: Ask) =>
  ask<z.output<typeof bookShape>>({ path: "/api/prices", shape: bookShape, local: readPrices });

const list: PricesVerb = async ({ output, flag }, _args, ask) => {
  const book = await readBook(ask);
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...book }));
  for (const { model, speed, today } of book.rows) {
    const { source, discountPercent, multiplier } = today;
    const terms = [
      source === "none" ? "no price" : source,
      ...(discountPercent === null ? [] : [`-${discountPercent} %`]),
      ...(multiplier === null ? [] : [`x ${multiplier}`]),
    ];
    output.data(`${model}${speed === "fast" ? " (fast)" : ""}\t${formatPaid(today.paid)}\t${terms.join(", ")}`);
  }
  output.note(`Dollars per million tokens, input and output, today; priced with ${book.priceVersion}`);
};

const set: PricesVerb = async (parsed, [file], ask) => {
  const { output, flag, text } = parsed;
  const toml = await readPricesText(file);
  requireValid(file ?? "", toml);
  if (flag("dry-run")) {
    const { changes } = await ask<z.output<typeof previewShape>>({
      method: "POST",
      path: "/api/prices/preview",
      body: { toml },
      shape: previewShape,
      local: (actor, deps) => previewPrices(actor, { toml }, deps),
    });
    if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, changes }));
    for (const { model, speed, from, until, before, after } of changes) {
      const days = `${from === null ? "always" : `from ${from}`}${until === null ? "" : ` until ${until}`}`;
      const name = `${model}${speed === "fast" ? " (fast)" : ""}`;
      output.data(`${name}\t${days}\t${formatPaid(before.paid)} -> ${formatPaid(after.paid)}`);
    }
    if (changes.length === 0) output.note("Nothing would change.");
    return;
  }
  const expected = text("if-version");
  const basedOn = expected === null ? ((await readBook(ask)).version?.number ?? null) : versionNumber(expected);
  const input = { toml, comment: text("message") ?? "", basedOn };
  const saved = await ask<z.output<typeof savedShape>>({
    method: "POST",
    path: "/api/prices",
    body: input,
    shape: savedShape,
    local: (actor, deps) => savePrices(actor, input, deps),
  });
  if (flag("json")) return output.data(JSON.stringify({ schema_version: 1, ...saved }));
  output.data(`v${saved.version.number}`);
  output.note("Saved: every proxy prices with it within two seconds");
};

/** Checks a file without an installation. */
const validate: Verb = async ({ output, flag }, [file]) => {
  const toml = await readPricesText(file);
  const parsed = parsePricesToml(toml);
  if (flag("json")) output.data(JSON.stringify({ schema_version: 1, problems: parsed.ok ? [] : parsed.problems }));
  requireValid(file ?? "", toml);
  if (!flag("json") && parsed.ok) {
    const { periods, shares, factors } = parsed.prices;
    const counts = [
      formatCounted(periods.length, "price"),
      formatCounted(shares.length, "discount"),
      formatCounted(factors.length, "multiplier"),
    ];
    output.note(`${counts.join(", ")}: no errors`);
  }
};

function requireValid(file: string, toml: string): void {
  const parsed = parsePricesToml(toml);
  if (parsed.ok) return;
  const lines = parsed.problems.map((problem) => formatPriceProblem(nameSource(file), problem));
  throw new CliError(exitCodes.invalidConfig, lines.join("\n"), "nothing was saved");
}

async function readPricesText(file: string | undefined): Promise<string> {
  if (file === undefined) throw new CliError(exitCodes.usage, "name the file of the prices", "or - for standard input");
  return (await readNamedText(file, "prices")).replace(/\r\n/g, "\n");
}

const formatPaid = (paid: z.output<typeof paidShape>): string =>
  paid === null ? "unpriced" : `$${paid.input} in, $${paid.output} out`;

const asked = { list, set, reprice, corrections, undo };
const verbs: Record<string, Verb> = {
  validate,
  ...Object.fromEntries(
    Object.entries(asked).map(([name, verb]): [string, Verb] => [
      name,
      (parsed, words) => withInstallation(parsed, (ask) => verb(parsed, words, ask)),
    ]),
  ),
};

export const pricesCommand: Command = {
  summary: "List what models cost; check and save your own prices; re-price a period",
  help,
  options,
  verbs: ["list", "validate", "set", "reprice", "corrections", "undo"],
  words: { list: 0, validate: 1, set: 1, reprice: 0, corrections: 0, undo: 1 },
  flagsOf: {
    message: ["set", "reprice", "undo"],
    "if-version": ["set"],
    "dry-run": ["set", "reprice"],
    from: ["reprice"],
    to: ["reprice"],
    models: ["reprice"],
  },
  run: (parsed) => runVerb("prices", verbs, parsed, help),
};
