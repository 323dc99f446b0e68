import { paths } from "#app/paths.ts";
import { openBatchesText, openBatchesTitle } from "#core/batches/open-batches.ts";
import { shortModel } from "#core/costs/model-key.ts";
import type { Attention } from "#core/costs/overview.ts";
import { formatCount, formatMoney, formatMoneyShort, formatPercent } from "#core/report/format.ts";
import { formatCounted, pluralize } from "#core/report/plural.ts";
import { dayLabel } from "#core/time/range.ts";
import { type CostView, defaultView, viewParams } from "../costs/url.ts";

interface AttentionWords {
  key: string;
  tone: "danger" | "warn" | "plain";
  title: string;
  text: string;
  /** Link to the next step. */
  action: { label: string; href: string };
}

/**
 * Wording of a Needs-a-look entry: event, meaning, next step. A figure of the range is looked at in the same range and
 * filters. Long because it is one table: the words of each kind of entry.
 */
export function attentionWords(
  item: Attention,
  { range, cmp, filters }: Pick<CostView, "range" | "cmp" | "filters">,
): AttentionWords {
  switch (item.kind) {
    case "rules-file":
      return {
        key: item.kind,
        tone: "danger",
        title: "The rules file is broken",
        text: `${item.problem} The last good rules keep serving.`,
        action: { label: "Fix", href: paths.rulesEdit() },
      };
    case "paused":
      return {
        key: item.kind,
        tone: "warn",
        title: "Overrides are off",
        text: `Every request is served by the model it asked for since v${item.version}.`,
        action: { label: "Open rules", href: paths.rules() },
      };
    case "errors":
      return errorWords(item);
    case "losing":
      return {
        key: `${item.kind} ${item.route.ruleId}`,
        tone: "danger",
        title: `${formatRoute(item.route)} costs more than it saves`,
        text: `${formatMoney(item.lostNanoUsd)} lost over ${formatCounted(item.requests, "request")}.`,
        action: { label: "Open rules", href: paths.rules() },
      };
    case "retired":
      return retiredWords(item);
    case "unpriced":
      return {
        key: item.kind,
        tone: "warn",
        title: `${formatCounted(item.requests, "request")} unpriced`,
        text: `No cost is known for requests to ${formatModels(item.models)}: a model without a price, or a request of which the provider did not say what it used. The totals leave ${pluralize(item.requests, "it", "them")} out.`,
        action:
          item.addPriceOf === null
            ? {
                label: "Show models",
                href: paths.costs(viewParams({ ...defaultView, range, cmp, filters, group: "model" })),
              }
            : { label: "Add price", href: paths.prices({ add: item.addPriceOf }) },
      };
    case "batches":
      return {
        key: item.kind,
        tone: item.open.unfetched > 0 ? "warn" : "plain",
        title: openBatchesTitle(item.open) ?? "",
        text: openBatchesText(item.open),
        action: {
          label: "Show costs",
          href: paths.costs(viewParams({ ...defaultView, range, cmp, filters, group: "project" })),
        },
      };
    case "other-generations":
      return {
        key: `${item.kind} ${item.family}`,
        tone: "plain",
        title: `${formatPercent(item.requests / item.total)} of ${item.family} traffic is for other generations`,
        text: `Rules name ${formatModels(item.named)}. ${formatCount(item.requests)} of ${formatCounted(item.total, "request")} asked for ${formatModels(item.untouched)}, which no rule covers. Where they are meant too, a rule from "${item.family}" covers them all.`,
        action: { label: "Open rules", href: paths.rulesEdit() },
      };
    case "unruled":
      return unruledWords(item);
    case "draft":
      return {
        key: `${item.kind} ${item.name}`,
        tone: "plain",
        title: "Unpublished draft",
        text: `${item.name} has unpublished changes${item.basedOn === null ? "" : ` based on v${item.basedOn}`}.`,
        action: { label: "Open rules", href: paths.rules() },
      };
  }
}

type Of<Kind extends Attention["kind"]> = Extract<Attention, { kind: Kind }>;

function errorWords({ route, rate, others, version, rollBackTo }: Of<"errors">): AttentionWords {
  const since = ` since v${version} went live`;
  const compared =
    others === null
      ? `Measured${since}; other rules have too few requests to compare with.`
      : others > 0
        ? `${formatTimes(rate / others)} the ${formatPercent(others)} of other rules${since}.`
        : `Other rules have none${since}.`;
  return {
    key: `errors ${route.ruleId}`,
    tone: "danger",
    title: `${formatRoute(route)}: ${formatPercent(rate)} errors`,
    text: compared,
    action:
      rollBackTo === null
        ? { label: "Open rules", href: paths.rules() }
        : { label: `Roll back to v${rollBackTo}`, href: paths.rulesRollBack(rollBackTo) },
  };
}

function retiredWords({ model, at, isPast, rules }: Of<"retired">): AttentionWords {
  const when = dayLabel(at, "");
  const count = `${formatCounted(rules, "rule")} ${pluralize(rules, "sends", "send")}`;
  return {
    key: `retired ${model}`,
    tone: isPast ? "danger" : "warn",
    title: `${shortModel(model)} ${isPast ? "was retired" : "retires soon"}`,
    text: `${count} requests to it${isPast ? `, though it went on ${when}` : `; it goes on ${when}`}. Choose another model.`,
    action: { label: "Open rules", href: paths.rulesEdit() },
  };
}

function unruledWords({ model, hasRule, costNanoUsd, target, wouldSaveNanoUsd }: Of<"unruled">): AttentionWords {
  const name = shortModel(model);
  const save =
    target && wouldSaveNanoUsd
      ? ` On ${shortModel(target)} the same tokens would cost about ${formatMoneyShort(wouldSaveNanoUsd)} less.`
      : "";
  return {
    key: `unruled ${model}`,
    tone: "plain",
    title: hasRule ? `Most ${name} requests match no rule` : `${name} has no rule`,
    text: `${formatMoneyShort(costNanoUsd)} of ${name} spend passes through unchanged.${save}`,
    action: { label: "Add a rule", href: paths.rulesEdit() },
  };
}

const formatRoute = ({ from, to, note }: Of<"errors">["route"]): string =>
  note ?? `${shortModel(from)} → ${shortModel(to)}`;

const small = [
  "",
  "",
  "Twice",
  "Three times",
  "Four times",
  "Five times",
  "Six times",
  "Seven times",
  "Eight times",
  "Nine times",
];
const formatTimes = (factor: number): string => small[Math.round(factor)] || `${formatCount(factor)} times`;

function formatModels(names: readonly string[]): string {
  const shown = names.slice(0, 3).map(shortModel);
  const rest = names.length - shown.length;
  if (rest > 0) return `${shown.join(", ")} and ${rest} more`;
  return [shown.slice(0, -1).join(", "), ...shown.slice(-1)].filter((part) => part !== "").join(" and ");
}
