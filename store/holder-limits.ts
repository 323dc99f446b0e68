import type { KeyLimits } from "#core/access/key-limits.ts";
import type { HolderKind } from "#core/access/limit-holder.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { limitColumns, toKeyLimits } from "./proxy-keys.ts";

type Tx = Prisma.TransactionClient;

/** Holders whose limits are stored in `holder_limits`. */
export type StoredHolderKind = Exclude<HolderKind, "key">;

export interface HolderLimitsRow {
  kind: StoredHolderKind;
  holder: string;
  limits: KeyLimits;
}

/** Lists every holder with limits, by kind and name. Kinds unknown to this release are left out. */
export async function listHolderLimits(tx: Tx): Promise<HolderLimitsRow[]> {
  const rows = await tx.holderLimits.findMany({
    where: { kind: { in: ["person", "team", "project", "organisation"] } },
    orderBy: [{ kind: "asc" }, { holder: "asc" }],
  });
  return rows.map((row) => ({ kind: row.kind as StoredHolderKind, holder: row.holder, limits: toKeyLimits(row) }));
}

/** Finds the limits of one holder; null without any. */
export async function findHolderLimits(tx: Tx, kind: StoredHolderKind, holder: string): Promise<KeyLimits | null> {
  const row = await tx.holderLimits.findUnique({ where: { kind_holder: { kind, holder } } });
  return row && toKeyLimits(row);
}

/** Replaces the limits of a holder. */
export async function saveHolderLimits(tx: Tx, { kind, holder, limits }: HolderLimitsRow, at: Date): Promise<void> {
  const data = { ...limitColumns(limits), updatedAt: at };
  await tx.holderLimits.upsert({
    where: { kind_holder: { kind, holder } },
    create: { kind, holder, ...data },
    update: data,
  });
}

export async function removeHolderLimits(tx: Tx, kind: StoredHolderKind, holder: string): Promise<void> {
  await tx.holderLimits.deleteMany({ where: { kind, holder } });
}
