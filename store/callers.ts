import { type Attribution, parseAttribution } from "#core/access/attribution.ts";
import type { StoredLimits } from "#core/access/holder-table.ts";
import { isUnlimited, type KeyLimits } from "#core/access/key-limits.ts";
import { parseScopes, type Scope } from "#core/access/scopes.ts";
import { toKeyLimits } from "./proxy-keys.ts";
import { bigintOrNull, numberOrNull, textOrNull, toText } from "./raw.ts";
import type { SqlConnection, SqlRow } from "./sql.ts";

/** Usable proxy key: not revoked, and not of a disabled person. The reader checks its expiry. */
export interface ProxyKeyState {
  id: string;
  name: string;
  keyHash: string;
  personId: string | null;
  personEmail: string | null;
  personName: string | null;
  /** Team its requests count for: the key's own, else that of its person. */
  team: string | null;
  project: string | null;
  expiresAtMs: number | null;
  attribution: Attribution;
  /** Null when the key has no limits. */
  limits: KeyLimits | null;
}

export interface AccessTokenState {
  id: string;
  name: string;
  tokenHash: string;
  personId: string;
  role: string;
  scopes: Scope[];
  expiresAtMs: number;
}

/**
 * Reads the proxy keys that are not revoked, of people who are not disabled. Expired ones are among them: the proxy
 * names them as such.
 */
export async function liveProxyKeys(connection: SqlConnection): Promise<ProxyKeyState[]> {
  const rows = await connection.all(
    `SELECT k.id, k.name AS key_name, k.key_hash, k.person_id, p.email, p.name, k.team, k.project, k.expires_at,
            k.endpoints, k.models, k.requests_per_minute, k.open_requests_max,
            k.monthly_budget_nano_usd, k.monthly_plan_nano_usd, k.attribution, p.team AS person_team
     FROM proxy_key k LEFT JOIN person p ON p.id = k.person_id
     WHERE k.revoked_at IS NULL AND p.disabled_at IS NULL`,
  );
  return rows.map((row) => ({
    id: toText(row.id),
    name: toText(row.key_name),
    keyHash: toText(row.key_hash),
    personId: textOrNull(row.person_id),
    personEmail: textOrNull(row.email),
    personName: textOrNull(row.name),
    team: textOrNull(row.team) ?? textOrNull(row.person_team),
    project: textOrNull(row.project),
    expiresAtMs: instantOrNull(row.expires_at),
    attribution: parseAttribution(toText(row.attribution)),
    limits: nullWhenUnlimited(toLimits(row)),
  }));
}

/**
 * Reads the limits of persons, teams and projects, those of every person among them. Kinds unknown to this release
 * are left out.
 */
export async function liveHolderLimits(connection: SqlConnection): Promise<StoredLimits[]> {
  const rows = await connection.all(
    `SELECT kind, holder, endpoints, models, requests_per_minute, open_requests_max,
            monthly_budget_nano_usd, monthly_plan_nano_usd
     FROM holder_limits WHERE kind IN ('person', 'team', 'project', 'organisation')`,
  );
  return rows.map((row) => ({
    kind: toText(row.kind) as StoredLimits["kind"],
    holder: toText(row.holder),
    limits: toLimits(row),
  }));
}

const nullWhenUnlimited = (limits: KeyLimits): KeyLimits | null => (isUnlimited(limits) ? null : limits);

function toLimits(row: SqlRow): KeyLimits {
  return toKeyLimits({
    endpoints: toText(row.endpoints),
    models: textOrNull(row.models),
    requestsPerMinute: numberOrNull(row.requests_per_minute),
    openRequestsMax: numberOrNull(row.open_requests_max),
    monthlyBudgetNanoUsd: bigintOrNull(row.monthly_budget_nano_usd),
    monthlyPlanNanoUsd: bigintOrNull(row.monthly_plan_nano_usd),
  });
}

/** Reads the access tokens that are not revoked and have an end, of people who are not disabled. */
export async function liveAccessTokens(connection: SqlConnection): Promise<AccessTokenState[]> {
  const rows = await connection.all(
    `SELECT t.id, t.name, t.token_hash, t.person_id, p.role, t.scopes, t.expires_at
     FROM access_token t JOIN person p ON p.id = t.person_id
     WHERE t.revoked_at IS NULL AND t.expires_at IS NOT NULL AND p.disabled_at IS NULL`,
  );
  return rows.map((row) => ({
    id: toText(row.id),
    name: toText(row.name),
    tokenHash: toText(row.token_hash),
    personId: toText(row.person_id),
    role: toText(row.role),
    scopes: parseScopes(toText(row.scopes)),
    expiresAtMs: Date.parse(toText(row.expires_at)),
  }));
}

export async function personName(connection: SqlConnection, id: string): Promise<string | null> {
  const [row] = await connection.all("SELECT name FROM person WHERE id = $1", [id]);
  return row === undefined ? null : toText(row.name);
}

export async function hasPeople(connection: SqlConnection): Promise<boolean> {
  return (await connection.all("SELECT 1 AS one FROM person LIMIT 1")).length > 0;
}

type Cell = SqlRow[string] | undefined;

const instantOrNull = (cell: Cell): number | null =>
  cell === null || cell === undefined ? null : Date.parse(toText(cell));
