import { HEADER_NAMES_MAX, headerNameProblem } from "#core/rules/header-names.ts";
import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { queryRows, type SqlSource, toText } from "./raw.ts";

type RuleDraftRow = Prisma.RuleDraftModel;

/** Finds a person's unpublished text; each person has at most one. */
export const findRuleDraft = (tx: Tx, personId: string): Promise<RuleDraftRow | null> =>
  tx.ruleDraft.findUnique({ where: { personId } });

export const writeRuleDraft = (tx: Tx, { personId, ...draft }: RuleDraftRow): Promise<RuleDraftRow> =>
  tx.ruleDraft.upsert({ where: { personId }, create: { personId, ...draft }, update: draft });

/** Deletes a draft; with a text, only if the draft still is that text. */
export async function deleteRuleDraft(tx: Tx, personId: string, toml?: string): Promise<boolean> {
  const { count } = await tx.ruleDraft.deleteMany({ where: { personId, ...(toml === undefined ? {} : { toml }) } });
  return count > 0;
}

/**
 * Lists the headers that drafts name, in alphabetical order. They are of the newest drafts first where they are more
 * than rules may name.
 */
export async function draftHeaderNames(source: SqlSource): Promise<string[]> {
  const rows = await queryRows(source, "SELECT header_names FROM rule_draft ORDER BY updated_at DESC");
  const names = new Set(rows.flatMap((row) => readHeaderNames(toText(row.header_names))));
  return [...names].slice(0, HEADER_NAMES_MAX).sort();
}

/** Reads the column `header_names`. What no rule may name, as a restored backup could hold it, is left out. */
const readHeaderNames = (stored: string): string[] =>
  stored.split(" ").filter((name) => headerNameProblem(name) === null);

export const formatHeaderNames = (names: readonly string[]): string => names.join(" ");

export const NO_HEADER_NAMES = "";
