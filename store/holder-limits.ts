import type { KeyLimits } from "#core/access/key-limits.ts";
import type { HolderKind } from "#core/access/limit-holder.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { keyLimitsOf, limitColumns } from "./proxy-keys.ts";

type Tx = Prisma.TransactionClient;

/** Holders whose limits are not in a row of their own. */
export type StoredHolderKind = Exclude<HolderKind, "key">;

export interface HolderLimitsRow {
  kind: StoredHolderKind;
  holder: string;
  limits: KeyLimits;
}

/** Every holder with limits, by kind and name. A kind that this release does not know is passed over. */
export async function listHolderLimits(tx: Tx): Promise<HolderLimitsRow[]> {
  const rows = await tx.holderLimits.findMany({
    where: { kind: { in: ["person", "team", "project"] } },
    orderBy: [{ kind: "asc" }, { holder: "asc" }],
  });
  return rows.map((row) => ({ kind: row.kind as StoredHolderKind, holder: row.holder, limits: keyLimitsOf(row) }));
}

/** The limits of one holder; null when it has none of its own. */
export async function findHolderLimits(tx: Tx, kind: StoredHolderKind, holder: string): Promise<KeyLimits | null> {
  const row = await tx.holderLimits.findUnique({ where: { kind_holder: { kind, holder } } });
  return row && keyLimitsOf(row);
}

/** Gives a holder these limits in place of any it had. */
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
