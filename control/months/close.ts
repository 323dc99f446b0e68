import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type MonthView, monthName } from "#core/costs/month.ts";
import { AppError } from "#core/errors.ts";
import { formatMoney } from "#core/report/format.ts";
import { toDayKey } from "#core/time/instant.ts";
import { latestCorrectionNumber } from "#store/corrections.ts";
import { insertMonthClose, listMonthCloses, markReopened } from "#store/month-closes.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { parseInput } from "../input.ts";
import { mutate } from "../mutate.ts";
import { currentPrices } from "../prices/price-catalogue.ts";
import { reportingZone } from "../settings/read.ts";
import { sumMonth, toMonthSpan } from "./amounts.ts";
import { findInForce } from "./closed-months.ts";
import { closeMonthInput, reopenMonthInput } from "./fields.ts";
import { buildMonth } from "./read.ts";
import { toMoney } from "./view.ts";

/**
 * Closes a month: its amounts are kept as they are now, and what comes later is named beside them. Refused for a month that is
 * not over or closed already, and where its cost is not the one that was seen.
 */
export async function closeMonth(actor: Actor, input: unknown, deps: ControlDeps): Promise<MonthView> {
  requirePermission(actor, "costs.close");
  const { month, comment, costNanoUsd } = parseInput(closeMonthInput, input);
  // Read first: a query beside the transaction would wait for it.
  const [zone, { priceVersion }] = await Promise.all([reportingZone(deps), currentPrices(deps)]);
  const span = toMonthSpan(month, zone);
  if (toDayKey(deps.now().getTime(), zone) < span.toDay)
    throw new AppError(
      "months.not-over",
      { month },
      `${monthName(month)} is not over yet. It can be closed from ${span.toDay} on.`,
    );
  await mutate(actor, deps, async (tx, at) => {
    if (findInForce(await listMonthCloses(tx, month)) !== null)
      throw new AppError("changed-meanwhile", { month }, `${monthName(month)} is closed already.`);
    const amounts = await sumMonth(tx, span, zone);
    const current = amounts.costNanoUsd?.toString() ?? null;
    if (costNanoUsd !== undefined && costNanoUsd !== current) {
      const text = `${monthName(month)} costs ${formatMoney(current)} by now. Look at it once more.`;
      throw new AppError("changed-meanwhile", { current, seen: costNanoUsd }, text);
    }
    const number = await insertMonthClose(tx, {
      ...amounts,
      month,
      zone,
      fromS: span.fromS,
      toS: span.toS,
      priceVersion,
      lastCorrection: await latestCorrectionNumber(tx),
      comment,
      actorId: actor.id,
      actorName: actor.name,
      tokenName: actor.kind === "person" ? (actor.token?.name ?? null) : null,
      at,
    });
    const after = { month, close: number, ...toMoney(amounts), priceVersion, zone, comment };
    await recordAudit(tx, actor, { action: "costs.close", object: { kind: "month", id: month }, after }, at);
  });
  return buildMonth(month, deps);
}

/** Opens a closed month again. The close stays in its history. */
export async function reopenMonth(actor: Actor, input: unknown, deps: ControlDeps): Promise<MonthView> {
  requirePermission(actor, "costs.close");
  const { month, comment } = parseInput(reopenMonthInput, input);
  await mutate(actor, deps, async (tx, at) => {
    const close = findInForce(await listMonthCloses(tx, month));
    if (close === null) throw new AppError("changed-meanwhile", { month }, `${monthName(month)} is not closed.`);
    await markReopened(tx, close.number, { at, by: actor.name, comment });
    const before = { month, close: close.number, ...toMoney(close) };
    const fact = { action: "costs.reopen", object: { kind: "month", id: month }, before, after: { month, comment } };
    await recordAudit(tx, actor, fact, at);
  });
  return buildMonth(month, deps);
}
