import type { PurgeTarget } from "#core/cache/purges.ts";
import { appendAudit } from "#store/audit.ts";
import { addCachePurge } from "#store/cache-purges.ts";
import { personName } from "#store/callers.ts";
import { bumpRevision } from "#store/revision.ts";
import type { SqlConnection } from "#store/sql.ts";
import type { Purger } from "../messages.ts";

/**
 * Purges the cache for a command of the terminal. The purge is written down like one of the console, for every instance
 * to follow.
 */
export async function purgeCache(
  connection: SqlConnection,
  target: PurgeTarget,
  { personId, via, token }: Purger,
  at: Date,
): Promise<void> {
  await bumpRevision(connection);
  await addCachePurge(connection, target, at);
  await appendAudit(connection, {
    at,
    actorKind: "person",
    actorId: personId,
    actorName: (await personName(connection, personId)) ?? personId,
    tokenId: token?.id ?? null,
    tokenName: token?.name ?? null,
    via,
    address: null,
    action: "cache.purge",
    objectKind: "cache",
    objectId: target.kind,
    before: null,
    after: JSON.stringify(target),
  });
}
