import type { SqlConnection } from "./sql.ts";
import { sqlInstant } from "./sql-instant.ts";

/**
 * Records when proxy keys were last used (key id -> epoch ms). Never sets a time back: instances report in no order.
 */
export async function noteProxyKeyUse(connection: SqlConnection, uses: ReadonlyMap<string, number>): Promise<void> {
  for (const [id, atMs] of uses) {
    await connection.all(
      "UPDATE proxy_key SET last_used_at = $1 WHERE id = $2 AND (last_used_at IS NULL OR last_used_at < $1)",
      [sqlInstant(new Date(atMs)), id],
    );
  }
}
