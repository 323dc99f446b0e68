import type { Tx } from "./client.ts";
import type { Prisma } from "./generated/sqlite/client.ts";

export type InstanceRow = Prisma.InstanceModel;

/** Lists the proxy processes that reported since an instant, oldest process first. */
export const listLiveInstances = (tx: Tx, since: Date): Promise<InstanceRow[]> =>
  tx.instance.findMany({
    where: { seenAt: { gte: since } },
    orderBy: [{ startedAt: "asc" }, { id: "asc" }],
    take: 100,
  });
