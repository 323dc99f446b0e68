import { createHash } from "node:crypto";
import type { Prisma } from "./generated/sqlite/client.ts";
import type { Tx } from "./transaction.ts";

export type RuleVersionRow = Prisma.RuleVersionModel;
export type RuleVersionSummary = Omit<RuleVersionRow, "toml">;
export type RuleVersionSource = "console" | "file" | "cli" | "system";

export interface NewRuleVersion {
  toml: string;
  comment: string;
  source: RuleVersionSource;
  actorId: string | null;
  actorName: string;
  basedOn: number | null;
  /** Set for a roll back: the number whose content it repeats. */
  rolledBackTo?: number | null;
  applies: "new-sessions" | "now";
  publishedAt: Date;
}

/** How a rules text is recognised, in the database and on disk. */
export const tomlHashOf = (toml: string): string => createHash("sha256").update(toml, "utf8").digest("hex");

export const latestRuleVersion = (tx: Tx): Promise<RuleVersionRow | null> =>
  tx.ruleVersion.findFirst({ orderBy: { number: "desc" } });

export const ruleVersion = (tx: Tx, number: number): Promise<RuleVersionRow | null> =>
  tx.ruleVersion.findUnique({ where: { number } });

/** Takes the next number. Call it inside `inTransaction`: numbers have no gap and no twin. */
export async function insertRuleVersion(tx: Tx, version: NewRuleVersion): Promise<RuleVersionRow> {
  const last = await tx.ruleVersion.findFirst({ orderBy: { number: "desc" }, select: { number: true } });
  const { rolledBackTo = null, ...rest } = version;
  const number = (last?.number ?? 0) + 1;
  return tx.ruleVersion.create({ data: { ...rest, rolledBackTo, number, tomlHash: tomlHashOf(version.toml) } });
}

const withoutToml = {
  number: true,
  tomlHash: true,
  comment: true,
  source: true,
  actorId: true,
  actorName: true,
  basedOn: true,
  rolledBackTo: true,
  applies: true,
  publishedAt: true,
} as const;

/** Newest first, without the texts. Page on with the last number of the page before. */
export const listRuleVersions = (
  tx: Tx,
  page: { before?: number; take?: number } = {},
): Promise<RuleVersionSummary[]> =>
  tx.ruleVersion.findMany({
    where: page.before === undefined ? {} : { number: { lt: page.before } },
    orderBy: { number: "desc" },
    take: page.take ?? 50,
    select: withoutToml,
  });

/** The versions published in a span of time, oldest first: the marks on a chart. */
export const ruleVersionsBetween = (tx: Tx, from: Date, to: Date): Promise<RuleVersionSummary[]> =>
  tx.ruleVersion.findMany({
    where: { publishedAt: { gte: from, lt: to } },
    orderBy: { number: "asc" },
    select: withoutToml,
  });
