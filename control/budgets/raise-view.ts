import { toDayKey } from "#core/time/instant.ts";
import type { BudgetRaiseRow } from "#store/budget-raises.ts";

/** A raise that holds at this moment. Amounts are decimal strings of nano-dollars. */
export interface RaiseView {
  id: string;
  nanoUsd: string;
  /** Last day on which it holds, of the reporting zone. */
  untilDay: string;
  endsAt: string;
  createdAt: string;
  /** Name of who made it. */
  by: string;
}

/** Shapes a raise for APIs. Short because two verbs answer with it. */
export const raiseView = (raise: BudgetRaiseRow, zone: string): RaiseView => ({
  id: raise.id,
  nanoUsd: String(raise.nanoUsd),
  untilDay: toDayKey(raise.endsAtMs - 1, zone),
  endsAt: new Date(raise.endsAtMs).toISOString(),
  createdAt: new Date(raise.createdAtMs).toISOString(),
  by: raise.actorName,
});
