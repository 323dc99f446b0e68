import { queryRows, type SqlSource, toNumber } from "./raw.ts";

/**
 * Raises the revision, so that every instance reloads rules, keys, settings and people within its next poll. Call it
 * inside the transaction of the change.
 */
export async function bumpRevision(tx: SqlSource): Promise<number> {
  const [row] = await queryRows(
    tx,
    "INSERT INTO revision (id, number) VALUES (1, 1) ON CONFLICT (id) DO UPDATE SET number = revision.number + 1 RETURNING number",
  );
  return toNumber(row?.number);
}

export async function readRevision(source: SqlSource): Promise<number> {
  const [row] = await queryRows(source, "SELECT number FROM revision WHERE id = 1");
  return toNumber(row?.number);
}
