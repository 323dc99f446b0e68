import type { Actor } from "#core/access/actor.ts";
import { requirePermission } from "#core/access/permissions.ts";
import type { PurgeChoices } from "#core/cache/cache-overview.ts";
import { CACHE_TTL_SECONDS_MAX } from "#core/cache/purges.ts";
import { parseRange } from "#core/time/range.ts";
import { listPeople } from "#store/people.ts";
import { sumRollupDays } from "#store/rollups.ts";
import { toDays } from "../activity/series.ts";
import type { ControlDeps } from "../deps.ts";
import { reportingZone } from "../settings/read.ts";

/** Lists the people and models whose responses may be stored: no response is kept longer than the range read here. */
export async function readPurgeChoices(actor: Actor, deps: ControlDeps): Promise<PurgeChoices> {
  requirePermission(actor, "cache.purge");
  const days = Math.ceil(CACHE_TTL_SECONDS_MAX / 86_400) + 1;
  const range = parseRange(`${days}d`, await reportingZone(deps), deps.now().getTime());
  const [rows, people] = await Promise.all([
    sumRollupDays(deps.reports, toDays(range), ["servedModel"]),
    listPeople(deps.db),
  ]);
  const models = rows.filter((row) => row.cacheHits + row.cacheMisses > 0n && row.servedModel !== "");
  return {
    people: people.map(({ id, name }) => ({ id, name })).sort((a, b) => a.name.localeCompare(b.name, "en")),
    models: models.map(({ servedModel }) => servedModel).sort(),
  };
}
