import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";

type RuleDraftRow = Prisma.RuleDraftModel;

/** Finds a person's unpublished text; each person has at most one. */
export const ruleDraftOf = (tx: Tx, personId: string): Promise<RuleDraftRow | null> =>
  tx.ruleDraft.findUnique({ where: { personId } });

export const writeRuleDraft = (tx: Tx, { personId, ...draft }: RuleDraftRow): Promise<RuleDraftRow> =>
  tx.ruleDraft.upsert({ where: { personId }, create: { personId, ...draft }, update: draft });

/** Deletes a draft; with a text, only if the draft still is that text. */
export async function deleteRuleDraft(tx: Tx, personId: string, toml?: string): Promise<boolean> {
  const { count } = await tx.ruleDraft.deleteMany({ where: { personId, ...(toml === undefined ? {} : { toml }) } });
  return count > 0;
}
