import { fileActor } from "#core/access/actor.ts";
import { appendAudit } from "./audit.ts";
import { hashToml } from "./hashes.ts";
import { numberOrNull, queryRows, type SqlSource, textOrNull, toNumber, toText } from "./raw.ts";
import { bumpRevision } from "./revision.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import type { SqlRow } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/** A published text of own prices. */
export interface PriceVersionRow {
  number: number;
  toml: string;
  tomlHash: string;
  comment: string;
  source: string;
  actorId: string | null;
  actorName: string;
  tokenName: string | null;
  basedOn: number | null;
  rolledBackTo: number | null;
  savedAt: Date;
}

/** Columns of the latest version for the ledger. */
export type LatestPrices = Pick<PriceVersionRow, "number" | "toml" | "tomlHash">;

const columns =
  "number, toml, toml_hash, comment, source, actor_id, actor_name, token_name, based_on, rolled_back_to, saved_at";

/** Reads the newest version of own prices; null before the first. */
export async function latestPrices(source: SqlSource): Promise<LatestPrices | null> {
  const [row] = await queryRows(
    source,
    "SELECT number, toml, toml_hash FROM price_version ORDER BY number DESC LIMIT 1",
  );
  if (row === undefined) return null;
  return { number: toNumber(row.number), toml: toText(row.toml), tomlHash: toText(row.toml_hash) };
}

/** Number of the latest version; null before the first. */
export async function latestPriceNumber(source: SqlSource): Promise<number | null> {
  const [row] = await queryRows(source, "SELECT MAX(number) AS number FROM price_version");
  return row === undefined || row.number === null ? null : toNumber(row.number);
}

export async function priceVersion(source: SqlSource, number: number): Promise<PriceVersionRow | null> {
  const [row] = await queryRows(source, `SELECT ${columns} FROM price_version WHERE number = $1`, [number]);
  return row === undefined ? null : toRow(row);
}

/** Lists versions newest first; `before` continues a page. */
export async function listPriceVersions(
  source: SqlSource,
  { before = Number.MAX_SAFE_INTEGER, take = 50 }: { before?: number; take?: number } = {},
): Promise<PriceVersionRow[]> {
  const rows = await queryRows(
    source,
    `SELECT ${columns} FROM price_version WHERE number < $1 ORDER BY number DESC LIMIT $2`,
    [Math.min(before, 2_147_483_647), take],
  );
  return rows.map(toRow);
}

/**
 * Inserts the next version. Call it inside a transaction that excludes other writers: numbers have no gap and no
 * duplicate.
 */
export async function insertPriceVersion(
  tx: SqlSource,
  version: Omit<PriceVersionRow, "number" | "tomlHash">,
): Promise<PriceVersionRow> {
  const number = ((await latestPriceNumber(tx)) ?? 0) + 1;
  const row = { ...version, number, tomlHash: hashToml(version.toml) };
  await queryRows(tx, `INSERT INTO price_version (${columns}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`, [
    number,
    row.toml,
    row.tomlHash,
    row.comment,
    row.source,
    row.actorId,
    row.actorName,
    row.tokenName,
    row.basedOn,
    row.rolledBackTo,
    sqlInstant(row.savedAt),
  ]);
  return row;
}

/**
 * Imports the text of the price file into the history. A text equal to the latest version or to the one imported last
 * changes nothing. Call it inside a transaction that excludes other writers of prices, with a text that was parsed.
 */
export async function takeInPricesFile(tx: SqlSource, toml: string, at: Date): Promise<boolean> {
  const hash = hashToml(toml);
  const latest = await latestPrices(tx);
  const isKnownFile = (await readSetting(tx, settingKey.pricesFileHash)) === hash;
  if (latest?.tomlHash === hash) {
    if (!isKnownFile) await writeSetting(tx, settingKey.pricesFileHash, hash, at);
    return false;
  }
  const added = await insertPriceVersion(tx, {
    toml,
    comment: latest ? "Edited on disk" : "First price file",
    source: "file",
    actorId: fileActor.id,
    actorName: fileActor.name,
    tokenName: null,
    basedOn: latest?.number ?? null,
    rolledBackTo: null,
    savedAt: at,
  });
  await writeSetting(tx, settingKey.pricesFileHash, hash, at);
  await appendAudit(tx, {
    at,
    actorKind: fileActor.kind,
    actorId: fileActor.id,
    actorName: fileActor.name,
    via: fileActor.via,
    address: null,
    action: "prices.change",
    objectKind: "prices",
    objectId: String(added.number),
    before: latest && JSON.stringify({ version: latest.number, tomlHash: latest.tomlHash }),
    after: JSON.stringify({ version: added.number, tomlHash: hash, comment: added.comment }),
  });
  await bumpRevision(tx);
  return true;
}

const toRow = (row: SqlRow): PriceVersionRow => ({
  number: toNumber(row.number),
  toml: toText(row.toml),
  tomlHash: toText(row.toml_hash),
  comment: toText(row.comment),
  source: toText(row.source),
  actorId: textOrNull(row.actor_id),
  actorName: toText(row.actor_name),
  tokenName: textOrNull(row.token_name),
  basedOn: numberOrNull(row.based_on),
  rolledBackTo: numberOrNull(row.rolled_back_to),
  savedAt: new Date(toText(row.saved_at)),
});
