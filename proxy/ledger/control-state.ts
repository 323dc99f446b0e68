import type { StoredLimits } from "#core/access/holder-table.ts";
import { type CachePurges, readPurges } from "#core/cache/purges.ts";
import {
  type AccessTokenState,
  hasPeople,
  liveAccessTokens,
  liveHolderLimits,
  liveProxyKeys,
  type ProxyKeyState,
} from "#store/callers.ts";
import { readRevision } from "#store/revision.ts";
import { type LatestRules, latestRules } from "#store/rule-versions.ts";
import { readSetting, settingKey } from "#store/settings.ts";
import type { SqlConnection } from "#store/sql.ts";

/** What people decided in the console and every instance acts upon. Read anew whenever the revision grows. */
export interface ControlState {
  revision: number;
  /** Null before any version was published. */
  rules: LatestRules | null;
  /** Not revoked, and not of a disabled person. Expiry is the reader's to check: it comes without a change. */
  proxyKeys: ProxyKeyState[];
  /** Of persons, teams and projects; those of keys stand with the keys. */
  holderLimits: StoredLimits[];
  accessTokens: AccessTokenState[];
  settings: {
    organisation: string;
    reportingZone: string;
    /** Hash of the rules file as it was last taken in or written; null when there never was one. */
    rulesFileHash: string | null;
  };
  hasPeople: boolean;
  /** What was thrown out of the response cache, and when: by number, not by clock. */
  cachePurges: CachePurges;
}

/** The revision is read first: should a change slip in between, the next poll sees a newer number and reads again. */
export async function readControlState(connection: SqlConnection, defaultZone: string): Promise<ControlState> {
  return {
    revision: await readRevision(connection),
    rules: await latestRules(connection),
    proxyKeys: await liveProxyKeys(connection),
    holderLimits: await liveHolderLimits(connection),
    accessTokens: await liveAccessTokens(connection),
    settings: {
      organisation: (await readSetting(connection, settingKey.organisation)) ?? "",
      reportingZone: (await readSetting(connection, settingKey.reportingZone)) ?? defaultZone,
      rulesFileHash: await readSetting(connection, settingKey.rulesFileHash),
    },
    hasPeople: await hasPeople(connection),
    cachePurges: readPurges(await readSetting(connection, settingKey.cachePurges)),
  };
}
