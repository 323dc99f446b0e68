import type { Tx } from "./client.ts";

const shown = {
  id: true,
  startedAtMs: true,
  durationMs: true,
  status: true,
  ended: true,
  errorType: true,
  requestedModel: true,
  servedModel: true,
  clientName: true,
  clientVersion: true,
} as const;

/**
 * Finds the newest request since an instant, of one person (null: without a person), with the fields the Connect page
 * shows. Short because it is the one query of the Connect page.
 */
export const latestRequestSince = (tx: Tx, personId: string | null, sinceMs: number) =>
  tx.requestEvent.findFirst({
    where: { startedAtMs: { gte: BigInt(sinceMs) }, personId },
    orderBy: [{ startedAtMs: "desc" }, { id: "desc" }],
    select: shown,
  });
