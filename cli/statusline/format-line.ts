import type { OwnUsage } from "#control/connect/own-usage.ts";
import { modelKey, shortModel } from "#core/costs/model-key.ts";
import { formatMissing, formatMoney } from "#core/report/format.ts";
import { visible } from "../output.ts";

/** What the line needs of the JSON that Claude Code sends. */
interface Session {
  id: string;
  /** Model that is chosen in Claude Code. */
  model: string;
}

/** The session that Claude Code describes; null where its JSON names no model. */
export function readSession(text: string): Session | null {
  const said: unknown = JSON.parse(text);
  const model = textIn(fieldIn(said, "model"), "id");
  return model === "" ? null : { id: textIn(said, "session_id").slice(0, 256), model };
}

const fieldIn = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined;

function textIn(value: unknown, name: string): string {
  const field = fieldIn(value, name);
  return typeof field === "string" ? field : "";
}

/** "opus-5-5 → sonnet-5-5 · $1.23 today, $4.56 saved · $38.77 left". Amounts are rounded as on the screens. */
export function formatLine({ model }: Session, { today, left, latest }: OwnUsage): string {
  const served = latest !== null && latest.requested !== null && isSame(latest.requested, model) ? latest.served : null;
  const models = served === null || isSame(served, model) ? [model] : [model, served];
  const parts = [
    models.map((id) => shortModel(id).slice(0, 40)).join(" → "),
    spentText(today),
    ...left.map(
      ({ kind, leftNanoUsd }) => `${formatMoney(leftNanoUsd)}${kind === "plan" ? " of the plan value" : ""} left`,
    ),
  ];
  return visible(parts.join(" · ").replace(/\s+/g, " "));
}

const isSame = (one: string, other: string): boolean => modelKey(one) === modelKey(other);

function spentText(today: OwnUsage["today"]): string {
  const { costNanoUsd, savedNanoUsd, planValueNanoUsd, unpriced } = today;
  // A server of an older release does not say it.
  const planUnpriced = today.planUnpriced ?? 0;
  const planMissing = formatMissing(planValueNanoUsd, planUnpriced);
  const plan = planValueNanoUsd === "0" ? [] : [`plan value ${formatMoney(planValueNanoUsd)}${planMissing} today`];
  if (plan.length > 0 && costNanoUsd === "0" && savedNanoUsd === "0" && unpriced === planUnpriced) return plan.join();
  const saved =
    savedNanoUsd === null ? ["saving unpriced"] : savedNanoUsd === "0" ? [] : [`${formatMoney(savedNanoUsd)} saved`];
  const missing = formatMissing(costNanoUsd, unpriced - planUnpriced);
  return [`${formatMoney(costNanoUsd)}${missing} today`, ...saved, ...plan].join(", ");
}
