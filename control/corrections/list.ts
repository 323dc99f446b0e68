import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { CorrectionView } from "#core/costs/correction-view.ts";
import type { TimeRange } from "#core/time/range.ts";
import { listCorrections, sumCorrectionCosts } from "#store/corrections.ts";
import type { ControlDeps } from "../deps.ts";
import { toSpan } from "./span.ts";
import { correctionView } from "./view.ts";

/** Lists all corrections, newest first. */
export async function readCorrections(actor: Actor, deps: ControlDeps): Promise<{ corrections: CorrectionView[] }> {
  requirePermission(actor, "costs.read");
  return { corrections: await findCorrections(null, deps) };
}

/** The corrections that touch a range, for verbs that have checked the permission already. */
export async function findCorrections(range: TimeRange | null, { db }: ControlDeps): Promise<CorrectionView[]> {
  const heads = await listCorrections(db, range === null ? undefined : toSpan(range));
  if (heads.length === 0) return [];
  const costs = await sumCorrectionCosts(db);
  return heads.map((head) => correctionView(head, costs));
}
