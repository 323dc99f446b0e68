import type { Tx } from "./client.ts";

/** Lists drafts changed since an instant, newest first, with the names of their authors. */
export async function draftsSince(tx: Tx, since: Date) {
  const drafts = await tx.ruleDraft.findMany({
    where: { updatedAt: { gte: since } },
    orderBy: { updatedAt: "desc" },
    take: 20,
  });
  const people = await tx.person.findMany({
    where: { id: { in: drafts.map((draft) => draft.personId) }, disabledAt: null },
    select: { id: true, name: true },
  });
  const names = new Map(people.map((person) => [person.id, person.name]));
  return drafts.flatMap((draft) => {
    const name = names.get(draft.personId);
    return name === undefined ? [] : [{ ...draft, name }];
  });
}

/** Lists the running instances that ignore a broken rules file, with their messages. */
export async function brokenRulesFiles(tx: Tx, seenSince: Date): Promise<{ hostname: string; problem: string }[]> {
  const rows = await tx.instance.findMany({
    where: { seenAt: { gte: seenSince }, rulesProblem: { not: null } },
    select: { hostname: true, rulesProblem: true },
  });
  return rows.map((row) => ({ hostname: row.hostname, problem: row.rulesProblem ?? "" }));
}

/** Whether any request was ever recorded: separates "no data yet" from "nothing in this range". */
export async function hasAnyTraffic(tx: Tx): Promise<boolean> {
  return (await tx.rollupDay.findFirst({ select: { day: true } })) !== null;
}
