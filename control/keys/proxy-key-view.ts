import { type Attribution, parseAttribution } from "#core/access/attribution.ts";
import type { KeyLimits } from "#core/access/key-limits.ts";
import { type ProxyKeyRow, toKeyLimits } from "#store/proxy-keys.ts";

/** A proxy key as shown by the console and the API. Without its secret, which is not stored. */
export interface ProxyKeyView {
  id: string;
  name: string;
  hint: string;
  person: { id: string; name: string; email: string } | null;
  team: string | null;
  project: string | null;
  /** `free`: its requests may name another project and team. */
  attribution: Attribution;
  createdAt: string;
  expiresAt: string | null;
  revokedAt: string | null;
  lastUsedAt: string | null;
  limits: KeyLimits;
  state: "live" | "expired" | "revoked" | "person-disabled";
}

/** One proxy key as the API carries it: never its secret, only the hint. Whether it has expired is judged at `now`. */
export function proxyKeyView(row: ProxyKeyRow, now: Date): ProxyKeyView {
  const { person } = row;
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    person: person && { id: person.id, name: person.name, email: person.email },
    team: row.team,
    project: row.project,
    attribution: parseAttribution(row.attribution),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    limits: toKeyLimits(row),
    state: judgeState(row, now),
  };
}

function judgeState(row: ProxyKeyRow, now: Date): ProxyKeyView["state"] {
  if (row.revokedAt) return "revoked";
  if (row.expiresAt && row.expiresAt <= now) return "expired";
  return row.person?.disabledAt ? "person-disabled" : "live";
}
