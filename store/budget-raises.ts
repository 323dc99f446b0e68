import { type BudgetRaise, budgetUnits } from "#core/access/budget-raise.ts";
import { holderKinds } from "#core/access/limit-holder.ts";
import { queryRows, type SqlSource, textOrNull, toNumber, toText } from "./raw.ts";
import type { SqlRow } from "./sql.ts";

/** A raise as stored, with who made it. */
export interface BudgetRaiseRow extends BudgetRaise {
  id: string;
  createdAtMs: number;
  actorId: string | null;
  actorName: string;
}

const columns = "id, kind, holder, unit, nano_usd, created_at_ms, ends_at_ms, actor_id, actor_name";
const kinds: readonly string[] = holderKinds;
const units: readonly string[] = budgetUnits;

/** Lists the raises that have not ended, oldest first. Kinds unknown to this release are left out. */
export async function listBudgetRaises(source: SqlSource, nowMs: number): Promise<BudgetRaiseRow[]> {
  const rows = await queryRows(
    source,
    `SELECT ${columns} FROM budget_raise WHERE ends_at_ms > $1 ORDER BY created_at_ms, id`,
    [nowMs],
  );
  return rows.map(toRow).filter(({ kind, unit }) => kinds.includes(kind) && units.includes(unit));
}

/** Finds a raise that has not ended; null without it. */
export async function findBudgetRaise(source: SqlSource, id: string, nowMs: number): Promise<BudgetRaiseRow | null> {
  return (await listBudgetRaises(source, nowMs)).find((raise) => raise.id === id) ?? null;
}

/** Adds a raise. It holds from its commit on. */
export async function insertBudgetRaise(tx: SqlSource, raise: BudgetRaiseRow): Promise<void> {
  const { id, kind, holder, unit, nanoUsd, createdAtMs, endsAtMs, actorId, actorName } = raise;
  await queryRows(tx, `INSERT INTO budget_raise (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, [
    id,
    kind,
    holder,
    unit,
    nanoUsd,
    createdAtMs,
    endsAtMs,
    actorId,
    actorName,
  ]);
}

/** Ends a raise at this instant. */
export async function endBudgetRaise(tx: SqlSource, id: string, nowMs: number): Promise<void> {
  await queryRows(tx, "UPDATE budget_raise SET ends_at_ms = $1 WHERE id = $2", [nowMs, id]);
}

/** What the proxy needs of a raise. */
export const toBudgetRaise = ({ kind, holder, unit, nanoUsd, endsAtMs }: BudgetRaise): BudgetRaise => ({
  kind,
  holder,
  unit,
  nanoUsd,
  endsAtMs,
});

const toRow = (row: SqlRow): BudgetRaiseRow => ({
  id: toText(row.id),
  kind: toText(row.kind) as BudgetRaise["kind"],
  holder: toText(row.holder),
  unit: toText(row.unit) as BudgetRaise["unit"],
  nanoUsd: toNumber(row.nano_usd),
  createdAtMs: toNumber(row.created_at_ms),
  endsAtMs: toNumber(row.ends_at_ms),
  actorId: textOrNull(row.actor_id),
  actorName: toText(row.actor_name),
});
