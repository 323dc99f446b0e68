import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import { type DatabaseSize, readDatabaseSize, rebuildFile, settleLog, shrinkStep } from "#store/database-size.ts";
import type { SqlConnection } from "#store/sql.ts";
import { recordAudit } from "../audit/record.ts";
import type { ControlDeps } from "../deps.ts";
import { mutate } from "../mutate.ts";

/**
 * Gives the free room of a SQLite file back to the disk. One that was made before it could do so in small steps is built again:
 * readers go on, writers wait until it is done. On PostgreSQL nothing is done: the server uses free room again. Returns the size
 * before.
 */
export async function shrinkDatabase(
  actor: Actor,
  { connection }: { connection: SqlConnection },
  deps: ControlDeps,
): Promise<DatabaseSize> {
  requirePermission(actor, "retention.run");
  const before = await readDatabaseSize(connection, connection.dialect);
  await mutate(actor, deps, (tx, at) =>
    recordAudit(tx, actor, { action: "database.shrink", after: { ...before } }, at),
  );
  if (before.canShrink) while (await shrinkStep(connection));
  else await rebuildFile(connection);
  await settleLog(connection);
  return before;
}
