import type { Tx } from "./transaction.ts";

/** What a running proxy says of itself. */
export interface InstanceReport {
  hostname: string;
  pid: number;
  startedAtMs: number;
  rulesVersion: number | null;
  rulesHash: string | null;
  /** The one message about a broken rules file that is being ignored; null while the rules are well. */
  rulesProblem: string | null;
  fileReadOnly: boolean;
}

export async function putInstance(tx: Tx, id: string, report: InstanceReport, seenAt: Date): Promise<void> {
  const { startedAtMs, ...rest } = report;
  const fields = { ...rest, startedAt: new Date(startedAtMs), seenAt };
  await tx.instance.upsert({ where: { id }, create: { id, ...fields }, update: fields });
}

export async function removeInstance(tx: Tx, id: string): Promise<void> {
  await tx.instance.deleteMany({ where: { id } });
}

/** Processes that died without a word. */
export async function removeInstancesSilentSince(tx: Tx, before: Date): Promise<void> {
  await tx.instance.deleteMany({ where: { seenAt: { lt: before } } });
}
