import type { Attribution } from "#core/access/attribution.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import type { Prisma } from "./generated/sqlite/client.ts";

type Tx = Prisma.TransactionClient;

/** Fields of a proxy key that may be shown: without the hash of its secret. */
const publicFields = {
  id: true,
  name: true,
  hint: true,
  personId: true,
  team: true,
  project: true,
  createdBy: true,
  createdAt: true,
  expiresAt: true,
  revokedAt: true,
  lastUsedAt: true,
  endpoints: true,
  models: true,
  requestsPerMinute: true,
  openRequestsMax: true,
  monthlyBudgetNanoUsd: true,
  monthlyPlanNanoUsd: true,
  attribution: true,
  person: { select: { id: true, name: true, email: true, disabledAt: true } },
} as const;

export type ProxyKeyRow = Prisma.ProxyKeyGetPayload<{ select: typeof publicFields }>;

export interface NewProxyKey {
  id: string;
  name: string;
  hint: string;
  keyHash: string;
  personId: string | null;
  team: string | null;
  project: string | null;
  createdBy: string;
  createdAt: Date;
  expiresAt: Date | null;
  attribution: Attribution;
  limits: KeyLimits;
}

export const insertProxyKey = (tx: Tx, { limits, ...key }: NewProxyKey): Promise<ProxyKeyRow> =>
  tx.proxyKey.create({ data: { ...key, ...limitColumns(limits) }, select: publicFields });

export const setProxyKeyLimits = (tx: Tx, id: string, limits: KeyLimits): Promise<ProxyKeyRow> =>
  tx.proxyKey.update({ where: { id }, data: limitColumns(limits), select: publicFields });

export const setProxyKeyAttribution = (tx: Tx, id: string, attribution: Attribution): Promise<ProxyKeyRow> =>
  tx.proxyKey.update({ where: { id }, data: { attribution }, select: publicFields });

/** Columns of limits: in the row of a key, and in `holder_limits` for every other holder. */
type LimitColumns = Pick<
  ProxyKeyRow,
  "endpoints" | "models" | "requestsPerMinute" | "openRequestsMax" | "monthlyBudgetNanoUsd" | "monthlyPlanNanoUsd"
>;

/** Converts the columns to limits. An endpoint set unknown to this release counts as the narrower one. */
export function toKeyLimits(columns: LimitColumns): KeyLimits {
  const { endpoints, models, requestsPerMinute, openRequestsMax, monthlyBudgetNanoUsd, monthlyPlanNanoUsd } = columns;
  const list = models === null ? null : models.split(",").filter((model) => model !== "");
  return {
    endpoints: endpoints === "all" ? "all" : "messages",
    models: list,
    requestsPerMinute,
    openRequestsMax,
    monthlyBudgetNanoUsd: monthlyBudgetNanoUsd === null ? null : Number(monthlyBudgetNanoUsd),
    monthlyPlanNanoUsd: monthlyPlanNanoUsd === null ? null : Number(monthlyPlanNanoUsd),
  };
}

export const limitColumns = ({
  models,
  monthlyBudgetNanoUsd,
  monthlyPlanNanoUsd,
  ...limits
}: KeyLimits): LimitColumns => ({
  ...limits,
  monthlyPlanNanoUsd: monthlyPlanNanoUsd === null ? null : BigInt(monthlyPlanNanoUsd),
  monthlyBudgetNanoUsd: monthlyBudgetNanoUsd === null ? null : BigInt(monthlyBudgetNanoUsd),
  models: models === null ? null : models.join(","),
});

/** Lists the keys of one person, or all keys; newest first, revoked ones last. */
export async function listProxyKeys(tx: Tx, personId: string | null): Promise<ProxyKeyRow[]> {
  const where = personId === null ? {} : { personId };
  const rows = await tx.proxyKey.findMany({ where, select: publicFields, orderBy: { createdAt: "desc" }, take: 2000 });
  return [...rows.filter((row) => row.revokedAt === null), ...rows.filter((row) => row.revokedAt !== null)];
}

/** Finds the names of keys by their ids, revoked ones too. The person stands beside the name, which many keys share. */
export async function proxyKeyNames(tx: Tx, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.proxyKey.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, name: true, person: { select: { name: true } } },
  });
  return new Map(rows.map(({ id, name, person }) => [id, person === null ? name : `${name} of ${person.name}`]));
}

/** Lists every key that was not revoked, also expired ones and those of disabled people. */
export const listUnrevokedProxyKeys = (tx: Tx): Promise<ProxyKeyRow[]> =>
  tx.proxyKey.findMany({ where: { revokedAt: null }, select: publicFields });

export const proxyKeyById = (tx: Tx, id: string): Promise<ProxyKeyRow | null> =>
  tx.proxyKey.findUnique({ where: { id }, select: publicFields });

/** Finds a key by the hash of its secret, if it and its person may act at this instant. */
export const liveProxyKey = (tx: Tx, keyHash: string, now: Date): Promise<ProxyKeyRow | null> =>
  tx.proxyKey.findFirst({
    where: {
      keyHash,
      revokedAt: null,
      AND: [
        { OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] },
        { OR: [{ personId: null }, { person: { disabledAt: null } }] },
      ],
    },
    select: publicFields,
  });

/** Finds a key by its id, else the newest live one of that name. Letter case counts here, rules fold it. */
export const liveKeyNamed = (tx: Tx, idOrName: string): Promise<{ id: string; name: string } | null> =>
  tx.proxyKey.findFirst({
    where: { revokedAt: null, OR: [{ id: idOrName }, { name: idOrName }] },
    select: { id: true, name: true },
    orderBy: { createdAt: "desc" },
  });

/** Revokes a live key; false when it was revoked already. */
export async function revokeProxyKey(tx: Tx, id: string, now: Date): Promise<boolean> {
  const { count } = await tx.proxyKey.updateMany({ where: { id, revokedAt: null }, data: { revokedAt: now } });
  return count === 1;
}
