import { parseScopes, type Scope } from "#core/access/scopes.ts";
import type { AccessTokenRow } from "#store/access-tokens.ts";

export interface AccessTokenView {
  id: string;
  name: string;
  hint: string;
  scopes: Scope[];
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  state: "live" | "expired" | "revoked";
}

/** One access token as the API carries it: never its secret, only the hint. One without an end counts as expired. */
export function accessTokenView(row: AccessTokenRow, now: Date): AccessTokenView {
  const isExpired = row.expiresAt === null || row.expiresAt <= now;
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    scopes: parseScopes(row.scopes),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    state: row.revokedAt ? "revoked" : isExpired ? "expired" : "live",
  };
}
