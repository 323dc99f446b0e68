import { LinkButton } from "#app/_ui/button.tsx";
import { cx } from "#app/_ui/cx.ts";
import { paths } from "#app/paths.ts";
import type { RequestEvent } from "#core/activity/request-event.ts";
import type { RequestDetail } from "#core/activity/request-view.ts";
import { isPlan } from "#core/costs/known-money.ts";
import { shortModel } from "#core/costs/model-key.ts";
import { formatCount, formatMoneyExact } from "#core/report/format.ts";
import { formatCounted } from "#core/report/plural.ts";
import { BillTable } from "./bill-table.tsx";
import { Head, Section } from "./facts.tsx";

type Costs = NonNullable<RequestDetail["event"]["costs"]>;

const classes: readonly { label: string; tokens: keyof RequestDetail["event"]["usage"]; cost: keyof Costs }[] = [
  { label: "Input", tokens: "inputTokens", cost: "inputNanoUsd" },
  { label: "Cache write, 5 min", tokens: "cacheWrite5mTokens", cost: "cacheWrite5mNanoUsd" },
  { label: "Cache write, 1 hour", tokens: "cacheWrite1hTokens", cost: "cacheWrite1hNanoUsd" },
  { label: "Cache read", tokens: "cacheReadTokens", cost: "cacheReadNanoUsd" },
  { label: "Output", tokens: "outputTokens", cost: "outputNanoUsd" },
  { label: "Web searches", tokens: "webSearches", cost: "webSearchNanoUsd" },
];

function whyEmpty({ usageState, ended }: RequestDetail["event"]): string {
  if (usageState === "unknown")
    return ended === "complete"
      ? "The provider answered, and did not say what was used in a form that can be read. That is not known, and no total contains it."
      : "The request ended before the provider said what it used. That is not known, and no total contains it.";
  return ended === "interrupted" ? "What it used is not known." : "Nothing was used, so nothing was paid.";
}

/** Table of token classes with exact prices on the served model and on the requested one. */
export function MoneyTable({ detail }: { detail: RequestDetail }) {
  const { event } = detail;
  if (event.usageState === "none" || event.usageState === "unknown") {
    const why = whyEmpty(event);
    return (
      <Section title="Tokens and cost">
        <p className="text-ink2">{why}</p>
      </Section>
    );
  }
  const isOther = event.servedModel !== event.requestedModel || (event.rewrittenTokens ?? 0) !== 0;
  const isCompared = detail.baselineCosts !== null && isOther;
  const paid = isPlan(event.billingMode) ? "Plan value" : "Paid";
  const shown = classes.filter(({ label, tokens }) => label !== "Web searches" || event.usage[tokens] > 0);
  return (
    <Section
      title="Tokens and cost"
      aside={event.priceVersion === null ? undefined : `prices of ${event.priceVersion}`}
    >
      <table className="tn w-full text-left">
        <caption className="sr-only">Tokens and cost by class</caption>
        <thead className="text-xs text-ink3">
          <tr className="border-b border-line">
            <Head>Class</Head>
            <Head figure>Tokens</Head>
            <Head figure>{paid}</Head>
            {isCompared ? <Head figure>On {shortModel(event.requestedModel ?? "")}</Head> : null}
          </tr>
        </thead>
        <tbody className="divide-y divide-line">
          {shown.map((row) => (
            <ClassRow key={row.label} row={row} detail={detail} isCompared={isCompared} />
          ))}
        </tbody>
      </table>
      <Sums detail={detail} />
      <BillTable bill={detail.bill} paid={paid} />
      <Remarks detail={detail} />
      {detail.addPriceOf === null ? null : (
        <LinkButton href={paths.prices({ add: detail.addPriceOf })}>
          Add a price of {shortModel(detail.addPriceOf)}
        </LinkButton>
      )}
    </Section>
  );
}

/** One class of tokens; amounts that are not known are dashes. */
function ClassRow({
  row: { label, tokens, cost },
  detail: { event, baselineCosts },
  isCompared,
}: {
  row: (typeof classes)[number];
  detail: RequestDetail;
  isCompared: boolean;
}) {
  return (
    <tr className={event.usage[tokens] === 0 ? "text-ink3" : undefined}>
      <td className="py-1">{label}</td>
      <td className="py-1 pl-2 text-right">{formatCount(event.usage[tokens])}</td>
      <td className="py-1 pl-2 text-right">{event.costs === null ? "–" : formatMoneyExact(event.costs[cost])}</td>
      {isCompared ? (
        <td className="py-1 pl-2 text-right text-ink2">
          {baselineCosts === null ? "–" : formatMoneyExact(baselineCosts[cost])}
        </td>
      ) : null}
    </tr>
  );
}

function Sums({ detail: { event, listCostNanoUsd } }: { detail: RequestDetail }) {
  const isHit = event.cache === "hit";
  const saved = event.savedNanoUsd;
  const isLoss = saved?.startsWith("-") ?? false;
  // What a subscription covers is worth its price, and neither paid nor saved.
  const isWorth = isPlan(event.billingMode);
  const gain = isWorth ? "text-ink2" : "text-saved";
  return (
    <dl className="tn grid grid-cols-[1fr_auto] gap-y-1 border-t-2 border-edge pt-2">
      <dt className="font-medium">{isWorth ? "Plan value" : "Paid"}</dt>
      <Sum nano={event.costNanoUsd} className="font-semibold" />
      {listCostNanoUsd === null ? null : (
        <>
          <dt className="text-ink2">By list prices, without your own</dt>
          <Sum nano={listCostNanoUsd} className="text-ink2" />
        </>
      )}
      {isHit ? null : (
        <>
          <dt className="text-ink2">Full price, on {shortModel(event.requestedModel ?? "the model asked for")}</dt>
          <Sum nano={event.baselineNanoUsd} className="text-ink2" />
          <dt className={isLoss && !isWorth ? "text-danger" : undefined}>
            {isWorth
              ? `Plan value ${isLoss ? "lost by the rule" : "saved by rules"}, not paid`
              : isLoss
                ? (event.rewrittenTokens ?? 0) > 0
                  ? "Lost by the change of model"
                  : "Lost by the rule"
                : "Saved by rules"}
          </dt>
          <Sum
            nano={saved}
            unknown="not known"
            className={isLoss && !isWorth ? "text-danger" : saved === "0" ? "text-ink2" : gain}
          />
        </>
      )}
      {event.avoidedNanoUsd === "0" ? null : (
        <>
          <dt>{isWorth ? "Plan value avoided by the response cache, not paid" : "Avoided by the response cache"}</dt>
          <Sum nano={event.avoidedNanoUsd} className={gain} />
        </>
      )}
    </dl>
  );
}

const Sum = ({ nano, className, unknown }: { nano: string | null; className: string; unknown?: string }) => (
  <dd className={cx("text-right", nano === null ? "text-warn" : className)}>
    {nano === null && unknown ? unknown : formatMoneyExact(nano)}
  </dd>
);

/** Says what a change of the model in a warm session did to this request. */
function rewriteWords({ rewrittenTokens, requestedModel }: RequestEvent): string | null {
  if (rewrittenTokens === null || rewrittenTokens === 0 || requestedModel === null) return null;
  const model = shortModel(requestedModel);
  const tokens = formatCounted(Math.abs(rewrittenTokens), "prompt token");
  return rewrittenTokens > 0
    ? `${tokens} were written that ${model} would have read from its cache, had it served the whole session: the full price reads them.`
    : `${tokens} were read that ${model} would have had to write, had it served the whole session: the full price writes them.`;
}

function Remarks({ detail: { event } }: { detail: RequestDetail }) {
  const remarks = [
    event.usage.thinkingTokens > 0
      ? `${formatCount(event.usage.thinkingTokens)} of the output tokens were thinking.`
      : null,
    event.usageState === "estimated"
      ? "The answer was cut: output tokens are estimated from what was delivered."
      : null,
    event.costNanoUsd === null
      ? `No price is known for ${event.servedModel ?? "this model"}; no total contains it.`
      : null,
    rewriteWords(event),
    event.tokenizerRatioMilli === 1000
      ? null
      : `The full price counts ${formatCount(event.tokenizerRatioMilli)} tokens of the model asked for per 1,000 of the served one: their tokenizers differ.`,
  ].filter((remark) => remark !== null);
  return remarks.map((remark) => (
    <p key={remark} className="text-xs text-ink3">
      {remark}
    </p>
  ));
}
