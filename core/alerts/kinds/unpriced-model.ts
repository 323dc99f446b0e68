import { formatCounted } from "#core/report/plural.ts";
import { type AlertKind, DAY_MS } from "../alert-kind.ts";

/**
 * Alert on requests whose cost is not known. Their model has no price, or nothing says what they used. Totals and
 * budgets leave them out.
 */
export const unpricedModel: AlertKind = {
  name: "Unpriced model",
  about: ({ minimumSample }) =>
    minimumSample <= 1
      ? "any request whose cost is not known"
      : `${formatCounted(minimumSample, "request")} whose cost is not known, in 24 hours`,
  threshold: null,
  sample: { label: "From", unit: "requests", min: 1, max: 100_000 },
  defaults: { threshold: 0, minimumSample: 1, holdMs: 0, coolDownMs: DAY_MS },
  isOnAtFirst: true,
  judge({ unpriced }, { minimumSample }) {
    const over = unpriced.filter(({ requests }) => requests >= minimumSample);
    const [most] = [...unpriced].sort((one, other) => other.requests - one.requests);
    return {
      now: most === undefined ? "every cost is known" : `${formatCounted(most.requests, "request")} of ${most.model}`,
      missing: 0,
      over: over.map(({ model, requests }) => ({
        subject: model,
        title: `${formatCounted(requests, "request")} of ${model} without a known cost in 24 hours: totals and budgets leave them out`,
        value: `${formatCounted(requests, "request")} of ${model}`,
        evidence: [{ label: "Model", text: model }],
        fix: { label: "Add its price", path: `/prices?add=${encodeURIComponent(model)}` },
      })),
    };
  },
};
