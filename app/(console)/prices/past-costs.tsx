import { Money } from "#app/_ui/money.tsx";
import { formatCounted } from "#core/report/plural.ts";
import { Amount } from "./amount.tsx";
import type { PricesPreview } from "./queries.ts";

type Past = NonNullable<PricesPreview["past"]>;

/** What the last 30 days cost, and would have cost: each request priced again from its own tokens. */
export function PastCosts({ past }: { past: Past }) {
  const { metered, plan, isPart, fromMs, days, throughoutDay } = past;
  const since = isPart ? `since ${new Date(fromMs).toISOString().slice(0, 10)}` : `of the last ${days} days`;
  return (
    <section aria-label="What the last 30 days would have cost" className="rounded-lg bg-sunken px-4 py-3">
      <h3 className="font-medium">
        {formatCounted(metered.requests, "request")} {since}, priced again
      </h3>
      <dl className="mt-2 grid gap-3 sm:grid-cols-3">
        <Amount name="As booked" nanoUsd={metered.bookedNanoUsd} unpriced={metered.unpricedBooked} />
        <Amount
          name="With these prices, on their days"
          nanoUsd={metered.afterNanoUsd}
          unpriced={metered.unpricedAfter}
        />
        <Amount name={`As on ${throughoutDay}, throughout`} nanoUsd={metered.throughoutNanoUsd} unpriced={0} />
      </dl>
      {plan.requests > 0 ? (
        <p className="mt-2 text-xs text-ink3">
          Beside it, plan value of {formatCounted(plan.requests, "request")} by subscription:{" "}
          <Money nanoUsd={plan.bookedNanoUsd} />, with these prices <Money nanoUsd={plan.afterNanoUsd} />.
        </p>
      ) : null}
      <p className="mt-2 text-xs text-ink3">
        From the tokens of every request, to the nano-dollar: the exact figure is the tooltip of each.
        {isPart ? " Older requests of these 30 days are left out, because there are too many." : ""}
      </p>
    </section>
  );
}
