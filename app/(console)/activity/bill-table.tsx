import { cx } from "#app/_ui/cx.ts";
import { billedPartWords } from "#core/activity/bill-words.ts";
import type { BilledPart } from "#core/activity/request-view.ts";
import { shortModel } from "#core/costs/model-key.ts";
import { formatCount, formatMoneyExact } from "#core/report/format.ts";
import { Head } from "./facts.tsx";

/**
 * Table of who used what, for a request whose bill is not of the served model alone. Nothing for every other one.
 * `paid`: what the amounts are, as the table above names them.
 */
export function BillTable({ bill, paid }: { bill: readonly BilledPart[]; paid: string }) {
  if (bill.length === 0) return null;
  return (
    <div className="space-y-1 pt-2">
      <h4 className="text-xs font-medium text-ink2">The bill, by model</h4>
      <table className="tn w-full text-left">
        <caption className="sr-only">Bill by model</caption>
        <thead className="text-xs text-ink3">
          <tr className="border-b border-line">
            <Head>For</Head>
            <Head>Model</Head>
            <Head figure>Prompt</Head>
            <Head figure>Output</Head>
            <Head figure>{paid}</Head>
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {bill.map((part, at) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: a recorded bill never changes, and its parts have no names
            <tr key={at}>
              <td className="py-1">{billedPartWords(part, bill)}</td>
              <td className="whitespace-nowrap py-1 pl-2">{shortModel(part.model)}</td>
              <td className="py-1 pl-2 text-right">{formatCount(part.promptTokens)}</td>
              <td className="py-1 pl-2 text-right">{formatCount(part.outputTokens)}</td>
              <td className={cx("py-1 pl-2 text-right", part.costNanoUsd === null && "text-ink3")}>
                {part.costNanoUsd === null ? "–" : formatMoneyExact(part.costNanoUsd)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
