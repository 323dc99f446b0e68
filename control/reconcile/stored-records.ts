import { BILL_CLASSES, type BillClass, type BillRecord } from "#core/reconcile/bill-record.ts";

/** Writes the records of one day as JSON, in one order, so that the same report gives the same text. */
export function formatStoredRecords(records: readonly BillRecord[]): string {
  const rows = records.map(({ model, tokenClass, workspace, batch, count, amountNanoUsd, slackNanoUsd }) =>
    JSON.stringify([
      model,
      tokenClass,
      workspace,
      batch,
      count?.toString() ?? null,
      amountNanoUsd?.toString() ?? null,
      slackNanoUsd.toString(),
    ]),
  );
  return `[${rows.sort().join(",")}]`;
}

/** Reads them again. */
export function parseStoredRecords(day: string, text: string): BillRecord[] {
  const rows = JSON.parse(text) as [
    string | null,
    BillClass,
    string | null,
    boolean | null,
    string | null,
    string | null,
    string,
  ][];
  return rows
    .filter(([, tokenClass]) => BILL_CLASSES.includes(tokenClass))
    .map(([model, tokenClass, workspace, batch, count, amount, slack]) => ({
      day,
      model,
      tokenClass,
      workspace,
      batch,
      count: count === null ? null : BigInt(count),
      amountNanoUsd: amount === null ? null : BigInt(amount),
      slackNanoUsd: BigInt(slack),
    }));
}
