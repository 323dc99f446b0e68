import type { Database } from "#store/client.ts";
import { readRevision } from "#store/revision.ts";
import { latestRuleVersion } from "#store/rule-versions.ts";
import { readSetting, settingKey } from "#store/settings.ts";

/** What people decided in the console and every instance acts upon. Read anew whenever the revision grows. */
export interface ControlState {
  revision: number;
  /** Null before any version was published. */
  rules: { number: number; toml: string; tomlHash: string; applies: "new-sessions" | "now" } | null;
  /** Not revoked, and not of a disabled person. Expiry is the reader's to check: it comes without a change. */
  proxyKeys: ProxyKeyState[];
  accessTokens: AccessTokenState[];
  settings: {
    organisation: string;
    reportingZone: string;
    /** Hash of the rules file as it was last taken in or written; null when there never was one. */
    rulesFileHash: string | null;
  };
  hasPeople: boolean;
}

export interface ProxyKeyState {
  id: string;
  keyHash: string;
  personId: string | null;
  personEmail: string | null;
  personName: string | null;
  team: string | null;
  project: string | null;
  expiresAtMs: number | null;
}

export interface AccessTokenState {
  tokenHash: string;
  personId: string;
  role: string;
  expiresAtMs: number | null;
}

/** The revision is read first: should a change slip in between, the next poll sees a newer number and reads again. */
export async function readControlState(db: Database, defaultZone: string): Promise<ControlState> {
  const revision = await readRevision(db);
  const rules = await latestRuleVersion(db);
  return {
    revision,
    rules: rules && {
      number: rules.number,
      toml: rules.toml,
      tomlHash: rules.tomlHash,
      applies: rules.applies === "now" ? "now" : "new-sessions",
    },
    proxyKeys: await liveProxyKeys(db),
    accessTokens: await liveAccessTokens(db),
    settings: {
      organisation: (await readSetting(db, settingKey.organisation)) ?? "",
      reportingZone: (await readSetting(db, settingKey.reportingZone)) ?? defaultZone,
      rulesFileHash: await readSetting(db, settingKey.rulesFileHash),
    },
    hasPeople: (await db.person.findFirst({ select: { id: true } })) !== null,
  };
}

async function liveProxyKeys(db: Database): Promise<ProxyKeyState[]> {
  const rows = await db.proxyKey.findMany({
    where: { revokedAt: null },
    include: { person: { select: { email: true, name: true, disabledAt: true } } },
  });
  return rows
    .filter((row) => row.person === null || row.person.disabledAt === null)
    .map((row) => ({
      id: row.id,
      keyHash: row.keyHash,
      personId: row.personId,
      personEmail: row.person?.email ?? null,
      personName: row.person?.name ?? null,
      team: row.team,
      project: row.project,
      expiresAtMs: row.expiresAt?.getTime() ?? null,
    }));
}

async function liveAccessTokens(db: Database): Promise<AccessTokenState[]> {
  const rows = await db.accessToken.findMany({
    where: { revokedAt: null, person: { disabledAt: null } },
    include: { person: { select: { role: true } } },
  });
  return rows.map((row) => ({
    tokenHash: row.tokenHash,
    personId: row.personId,
    role: row.person.role,
    expiresAtMs: row.expiresAt?.getTime() ?? null,
  }));
}
