import { type ProviderCheck, type ProviderCheckState, readProviderCheckState } from "#core/connect/provider-check.ts";
import { queryRows, type SqlSource } from "./raw.ts";
import { readSetting, settingKey, writeSetting } from "./settings.ts";
import { sqlInstant } from "./sql-instant.ts";

/** Time after which an unclaimed check is void: the person who started it has left. */
const VOID_AFTER_MS = 60_000;

/** Requests a check. Call it in a transaction that raises the revision: that notifies the proxies. */
export async function askProviderCheck(tx: SqlSource, id: string, at: Date): Promise<void> {
  await put(tx, { id, askedAtMs: at.getTime(), state: "asked" }, at);
}

/** Claims a check for this instance: of several proxies exactly one gets its id. */
export async function claimProviderCheck(source: SqlSource, instanceId: string, at: Date): Promise<string | null> {
  const text = await readSetting(source, settingKey.providerCheck);
  const asked = readProviderCheckState(text);
  if (asked?.state !== "asked" || at.getTime() - asked.askedAtMs > VOID_AFTER_MS) return null;
  const claimed: ProviderCheckState = { ...asked, state: "under-way", instanceId };
  const rows = await queryRows(
    source,
    'UPDATE setting SET "value" = $1, "updated_at" = $2 WHERE "key" = $3 AND "value" = $4 RETURNING "key"',
    [JSON.stringify(JSON.stringify(claimed)), sqlInstant(at), settingKey.providerCheck, JSON.stringify(text)],
  );
  return rows.length === 1 ? asked.id : null;
}

/** Stores the result, unless another check was requested meanwhile. */
export async function putProviderCheck(source: SqlSource, id: string, result: ProviderCheck, at: Date): Promise<void> {
  const asked = await readProviderCheck(source);
  if (asked?.id === id) await put(source, { id, askedAtMs: asked.askedAtMs, state: "done", result }, at);
}

export const readProviderCheck = async (source: SqlSource): Promise<ProviderCheckState | null> =>
  readProviderCheckState(await readSetting(source, settingKey.providerCheck));

const put = (source: SqlSource, state: ProviderCheckState, at: Date): Promise<void> =>
  writeSetting(source, settingKey.providerCheck, JSON.stringify(state), at);
