import * as z from "zod";
import { type ImportedReport, importReport } from "#control/reconcile/import-report.ts";
import { type ReconciliationView, readReconciliation } from "#control/reconcile/read.ts";
import { AppError } from "#core/errors.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { toFixedDollars } from "#core/money/nano-usd.ts";
import { causeNames } from "#core/reconcile/cause-words.ts";
import { CAUSES } from "#core/reconcile/explain-cell.ts";
import { formatCounted } from "#core/report/plural.ts";
import { addDays } from "#core/time/instant.ts";
import type { Parsed } from "./arguments.ts";
import { type Ask, withInstallation } from "./ask.ts";
import { CliError } from "./cli-error.ts";
import { nameSource, readNamedText } from "./read-text.ts";

// What is read of the answers here.
const importedShape = z.object({ kind: z.string(), days: z.array(z.string()), changedDays: z.array(z.string()) });
const amountShape = z.string().nullable();
const sumsShape = z.object({
  billedNanoUsd: amountShape,
  ledgerNanoUsd: z.string(),
  differenceNanoUsd: amountShape,
  unexplainedNanoUsd: z.string(),
  unknown: z.int(),
  causes: z.record(z.string(), z.string()),
});
const comparedShape = z.object({
  from: z.string().nullable(),
  days: z.array(sumsShape.extend({ day: z.string() })),
  total: sumsShape,
  zoneShiftMinutes: z.number(),
});

/**
 * Imports the reports that are named, and compares their days with what was recorded. Exit code 1 where more is unexplained
 * than `--tolerance` allows.
 */
export function runReconcile(parsed: Parsed): Promise<number> {
  const tolerance = parseTolerance(parsed.text("tolerance"));
  const files = parsed.positionals.slice(1);
  return withInstallation(parsed, async (ask) => {
    const imported: ImportedReport[] = [];
    for (const file of files) imported.push(await importFile(file, parsed, ask));
    const compared = await askComparison(parsed, imported, ask);
    const { total } = compared;
    const isPassed = tolerance === null || isWithin(total, tolerance);
    if (parsed.flag("json")) {
      const verdict = tolerance === null ? {} : { passed: isPassed };
      parsed.output.data(JSON.stringify({ schema_version: 1, ...verdict, imported, ...compared }));
    } else print(compared, parsed);
    if (!isPassed)
      parsed.output.note(`more than ${parsed.text("tolerance")} % of the bill is unexplained or not known`);
    return isPassed ? exitCodes.ok : exitCodes.failure;
  });
}

async function importFile(file: string, { flag, output }: Parsed, ask: Ask): Promise<ImportedReport> {
  const text = await readNamedText(file, "report");
  const name = nameSource(file);
  const input = { text, name: name.slice(-200), replace: flag("replace") };
  const imported = await ask<ImportedReport>({
    method: "POST",
    path: "/api/reconcile",
    body: input,
    shape: importedShape,
    local: (actor, deps) => importReport(actor, input, deps),
  }).catch((problem: unknown) => {
    // With several files it has to be said which one it is.
    if (problem instanceof AppError) throw new AppError(problem.code, problem.details, `${name}: ${problem.message}`);
    if (problem instanceof CliError)
      throw new CliError(problem.code, `${name}: ${problem.message}`, problem.hint, problem.reason);
    throw problem;
  });
  const { kind, days, changedDays, openDays, hasMore } = imported;
  const what = changedDays.length === 0 ? "nothing new" : `${formatCounted(changedDays.length, "day")} imported`;
  output.note(`${name}: ${kind} report of ${formatCounted(days.length, "day")}, ${what}`);
  if (openDays.length > 0) output.note(`${name}: ${openDays.join(", ")} left out, not over yet (UTC)`);
  if (hasMore) output.note(`${name}: the last page says that more follow`);
  return imported;
}

async function askComparison(
  { text }: Parsed,
  imported: readonly ImportedReport[],
  ask: Ask,
): Promise<ReconciliationView> {
  const query: Record<string, string> = {};
  const days = imported.flatMap((report) => report.days).sort();
  const [from, to] = [text("from"), text("to")];
  if ((from === null) !== (to === null)) throw new CliError(exitCodes.usage, "--from and --to belong together");
  const [first, last] = [days[0], days.at(-1)];
  if (from !== null && to !== null) Object.assign(query, { from, to });
  else if (first !== undefined && last !== undefined) Object.assign(query, { from: first, to: addDays(last, 1) });
  const workspaces = text("workspaces");
  if (workspaces !== null) query.workspaces = workspaces;
  return ask<ReconciliationView>({
    path: `/api/reconcile?${new URLSearchParams(query)}`,
    shape: comparedShape,
    local: (actor, deps) => readReconciliation(actor, query, deps),
  });
}

function print({ days, total, zoneShiftMinutes, from }: ReconciliationView, { output }: Parsed): void {
  if (from === null || days.length === 0) {
    output.note("no report covers these days: name the files of reports, or other days");
    return;
  }
  output.data(["day", "billed", "recorded", "difference", ...CAUSES].join("\t"));
  for (const row of [...days, { day: "total", ...total }]) {
    const amounts = [
      row.billedNanoUsd,
      row.ledgerNanoUsd,
      row.differenceNanoUsd,
      ...CAUSES.map((cause) => row.causes[cause]),
    ];
    output.data(
      [row.day, ...amounts.map((amount) => (amount === null ? "unknown" : toFixedDollars(BigInt(amount), 4)))].join(
        "\t",
      ),
    );
  }
  for (const cause of CAUSES) if (BigInt(total.causes[cause]) !== 0n) output.note(`${cause}: ${causeNames[cause]}`);
  if (zoneShiftMinutes !== 0)
    output.note(`the days of the reports begin ${zoneShiftMinutes / 60} h after those of UTC`);
  if (total.unknown > 0)
    output.note(
      `${formatCounted(total.unknown, "row")} in no amount: no cost report and no price of CCO says what they cost`,
    );
}

/** Whether the unexplained share of the bill is within a percentage, given in millionths of the bill. */
function isWithin(
  { billedNanoUsd, unexplainedNanoUsd, unknown }: ReconciliationView["total"],
  millionths: bigint,
): boolean {
  if (unknown > 0) return false;
  return BigInt(unexplainedNanoUsd) * 1_000_000n <= BigInt(billedNanoUsd ?? 0) * millionths;
}

/** Reads percent with up to four decimals, as millionths. */
function parseTolerance(text: string | null): bigint | null {
  if (text === null) return null;
  const found = /^(\d{1,3})(?:\.(\d{1,4}))?%?$/.exec(text);
  if (found === null)
    throw new CliError(exitCodes.usage, `--tolerance ${text} is no percentage`, "for example: --tolerance 0.5");
  const [, whole = "0", decimals = ""] = found;
  return BigInt(whole) * 10_000n + BigInt(decimals.padEnd(4, "0"));
}
