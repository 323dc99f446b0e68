import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";
import { hashToml } from "./hashes.ts";
import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";
import { sqlInstant } from "./sql-instant.ts";

export type RuleVersionRow = Prisma.RuleVersionModel;
export type RuleVersionSummary = Omit<RuleVersionRow, "toml">;
export type RuleVersionSource = "console" | "api" | "file" | "cli" | "system";

interface NewRuleVersion {
  toml: string;
  comment: string;
  source: RuleVersionSource;
  actorId: string | null;
  actorName: string;
  /** Access token it was published with; null or absent without one. */
  tokenName?: string | null;
  basedOn: number | null;
  /** Set for a roll back: the version whose content it repeats. */
  rolledBackTo?: number | null;
  applies: "new-sessions" | "now";
  publishedAt: Date;
}

export const latestRuleVersion = (tx: Tx): Promise<RuleVersionRow | null> =>
  tx.ruleVersion.findFirst({ orderBy: { number: "desc" } });

export const ruleVersion = (tx: Tx, number: number): Promise<RuleVersionRow | null> =>
  tx.ruleVersion.findUnique({ where: { number } });

/** Columns of the latest version for the ledger, by plain SQL: it does without Prisma. */
export interface LatestRules {
  number: number;
  toml: string;
  tomlHash: string;
  applies: "new-sessions" | "now";
  /**
   * Number of the last version that was published to apply to running sessions. It may be this or an earlier one; 0
   * without one.
   */
  appliedNow: number;
}

/** SQL expression: number of the last version that was published for running sessions too. */
export const APPLIED_NOW = `(SELECT COALESCE(MAX(number), 0) FROM rule_version WHERE applies = 'now')`;

/** Reads the newest version of the rules; null before the first. */
export async function latestRules(source: SqlSource): Promise<LatestRules | null> {
  const [row] = await queryRows(
    source,
    `SELECT number, toml, toml_hash, applies, ${APPLIED_NOW} AS applied_now FROM rule_version ORDER BY number DESC LIMIT 1`,
  );
  if (row === undefined) return null;
  const applies = row.applies === "now" ? "now" : "new-sessions";
  return {
    number: toNumber(row.number),
    toml: toText(row.toml),
    tomlHash: toText(row.toml_hash),
    applies,
    appliedNow: toNumber(row.applied_now),
  };
}

/**
 * Inserts the next version. Call it inside a transaction that excludes other writers: numbers have no gap and no
 * duplicate.
 */
export async function insertRuleVersion(tx: SqlSource, version: NewRuleVersion): Promise<RuleVersionRow> {
  const [last] = await queryRows(tx, "SELECT MAX(number) AS number FROM rule_version");
  const number = toNumber(last?.number) + 1;
  const row = { rolledBackTo: null, tokenName: null, ...version, number, tomlHash: hashToml(version.toml) };
  await queryRows(
    tx,
    `INSERT INTO rule_version (number, toml, toml_hash, comment, source, actor_id, actor_name, based_on, rolled_back_to, applies, published_at, token_name)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
    [
      number,
      row.toml,
      row.tomlHash,
      row.comment,
      row.source,
      row.actorId,
      row.actorName,
      row.basedOn,
      row.rolledBackTo,
      row.applies,
      sqlInstant(row.publishedAt),
      row.tokenName,
    ],
  );
  return row;
}

const withoutToml = {
  number: true,
  tomlHash: true,
  comment: true,
  source: true,
  actorId: true,
  actorName: true,
  tokenName: true,
  basedOn: true,
  rolledBackTo: true,
  applies: true,
  publishedAt: true,
} as const;

/** Lists versions newest first, without the texts. Pass the last number of the previous page to continue. */
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

/** Lists the versions published in a span of time, oldest first: the marks on a chart. */
export const ruleVersionsBetween = (tx: Tx, from: Date, to: Date): Promise<RuleVersionSummary[]> =>
  tx.ruleVersion.findMany({
    where: { publishedAt: { gte: from, lt: to } },
    orderBy: { number: "asc" },
    select: withoutToml,
  });

/** The version that was live at an instant; null: none was. */
export const latestVersionBefore = (tx: Tx, at: Date): Promise<RuleVersionSummary | null> =>
  tx.ruleVersion.findFirst({
    where: { publishedAt: { lt: at } },
    orderBy: { number: "desc" },
    select: withoutToml,
  });
