import { openBatchesText, openBatchesTitle } from "#core/batches/open-batches.ts";
import { countMissingCosts } from "#core/costs/figures.ts";
import { exitCodes } from "#core/exit-codes.ts";
import { NANO_PER_USD, toDollars } from "#core/money/nano-usd.ts";
import { formatCounted } from "#core/report/plural.ts";
import type { Parsed } from "./arguments.ts";
import { CliError } from "./cli-error.ts";
import { costQuery } from "./cost-query.ts";
import { askTable } from "./cost-table.ts";
import { findPeople } from "./known-people.ts";

/**
 * Compares the exact cost of a range with a maximum, for CI. Exit code 0 where it is not above it, else 1. Requests
 * without a known price are in no amount, so they fail it too unless they are allowed. Plan value is no cost.
 */
export async function runGate(parsed: Parsed): Promise<number> {
  const { output, flag } = parsed;
  const maxNanoUsd = parseMax(parsed.text("max"));
  const scope = await findPeople(parsed, costQuery(parsed, "mtd"));
  const { total, range, openBatches } = await askTable(parsed, ["day", null], scope);
  const unpriced = countMissingCosts(total);
  const isKnown = unpriced === 0 || flag("allow-unpriced");
  const costNanoUsd = BigInt(total.costNanoUsd ?? 0);
  const isPassed = isKnown && costNanoUsd <= maxNanoUsd;
  if (flag("json")) {
    const money = { costNanoUsd: total.costNanoUsd, maxNanoUsd: maxNanoUsd.toString(), unpriced };
    output.data(JSON.stringify({ schema_version: 1, passed: isPassed, ...money, range }));
  } else {
    const cost = total.costNanoUsd === null ? "unpriced" : `$${toDollars(costNanoUsd)}`;
    output.data(`${isPassed ? "passed" : "failed"}\t${cost}\tof at most\t$${toDollars(maxNanoUsd)}`);
    output.note(`${range.label}, ${range.zone}`);
  }
  if (unpriced > 0) output.note(`${formatCounted(unpriced, "request")} without a known price in no amount`);
  const title = openBatches === undefined ? null : openBatchesTitle(openBatches);
  if (openBatches !== undefined && title !== null) output.note(`${title}. ${openBatchesText(openBatches)}`);
  if (!isKnown && costNanoUsd <= maxNanoUsd) output.note("add the price, or let them pass with --allow-unpriced");
  return isPassed ? exitCodes.ok : exitCodes.failure;
}

function parseMax(text: string | null): bigint {
  if (text === null) throw new CliError(exitCodes.usage, "cco cost gate needs --max", "for example: --max 250");
  const found = /^\$?(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (found === null)
    throw new CliError(
      exitCodes.usage,
      `--max ${text} is no amount of dollars`,
      "for example: --max 250 or --max 0.50",
    );
  const [, dollars = "0", decimals = ""] = found;
  return BigInt(dollars) * NANO_PER_USD + BigInt(decimals.padEnd(9, "0"));
}
