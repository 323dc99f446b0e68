import { queryRows, type SqlSource, toNumber, toText } from "./raw.ts";

/**
 * Reads when the newest backup was made, by the audit log: of any instance, by schedule or by hand. Epoch milliseconds; null
 * for none.
 */
export async function readLastBackupMs(source: SqlSource, kind: "sqlite" | "postgresql"): Promise<number | null> {
  const newest = kind === "sqlite" ? 'MAX("at")' : 'EXTRACT(EPOCH FROM MAX("at")) * 1000';
  const [row] = await queryRows(source, `SELECT ${newest} AS newest FROM audit_entry WHERE action = 'backup.make'`);
  const found = row?.newest ?? null;
  if (found === null) return null;
  return kind === "sqlite" ? Date.parse(toText(found)) : Math.round(toNumber(found));
}
